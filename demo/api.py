"""Home Assistant's own REST and websocket API, as much of it as the demo needs."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import aiohttp

from .errors import DemoError, RefusedError

ANSWER_WITHIN = 60.0
"""Seconds that any one answer may take; setting up a gym is the slowest, at about two."""

CLOSED = "Home Assistant closed the connection."

type Json = dict[str, Any]
type Events = asyncio.Queue[Json | None]
"""What a subscription brings; None is its end."""


class Api:
    """One signed-in connection. Use as `async with Api(url) as api`, then sign in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client_id = f"{url}/"
        self._token = ""
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._last_id = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._events: dict[int, Events] = {}

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN))
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader
        if self._socket is not None:
            await self._socket.close()
        if self._http is not None:
            await self._http.close()

    # --- signing in ------------------------------------------------------

    async def is_up(self) -> bool:
        """Whether the web server answers yet."""
        try:
            async with self._session.get(f"{self.url}/manifest.json") as response:
                return response.status == 200
        except aiohttp.ClientError, TimeoutError:
            return False

    async def create_first_user(self, name: str, username: str, password: str) -> None:
        """Do the onboarding's user step."""
        await self.post(
            "/api/onboarding/users",
            {
                "name": name,
                "username": username,
                "password": password,
                "client_id": self._client_id,
                "language": "en",
            },
        )

    async def sign_in(self) -> None:
        """Sign in as the browser on this machine does (no password), and open the websocket."""
        flow = await self.post(
            "/auth/login_flow",
            {
                "client_id": self._client_id,
                "handler": ["trusted_networks", None],
                "redirect_uri": self._client_id,
            },
        )
        if flow["type"] == "form":
            # The visitor has made more users; the first is the one from the onboarding.
            (user, _), *_ = flow["data_schema"][0]["options"]
            flow = await self.post(
                f"/auth/login_flow/{flow['flow_id']}", {"client_id": self._client_id, "user": user}
            )
        form = {
            "grant_type": "authorization_code",
            "code": flow["result"],
            "client_id": self._client_id,
        }
        self._token = (await self._request("POST", "/auth/token", data=form))["access_token"]
        await self._open_socket()

    async def _open_socket(self) -> None:
        self._socket = await self._session.ws_connect(
            f"{self.url}/api/websocket", heartbeat=30, max_msg_size=0
        )
        async with asyncio.timeout(ANSWER_WITHIN):
            await self._socket.receive_json()
            await self._socket.send_json({"type": "auth", "access_token": self._token})
            answer = await self._socket.receive_json()
        if answer["type"] != "auth_ok":
            raise DemoError(f"Home Assistant refused the sign-in: {answer.get('message')}")
        self._reader = asyncio.create_task(self._read(self._socket))

    # --- REST ------------------------------------------------------------

    async def get(self, path: str) -> Any:
        """GET as the signed-in user."""
        return await self._request("GET", path)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """POST as the signed-in user (as nobody before signing in)."""
        return await self._request("POST", path, json=dict(body))

    async def _request(self, method: str, path: str, **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            async with self._session.request(
                method, f"{self.url}{path}", headers=headers, **content
            ) as response:
                if response.status >= 400:
                    said = (await response.text()).strip()
                    raise RefusedError(f"{method} {path}: {response.status} {said}")
                return await response.json()
        except (aiohttp.ClientError, TimeoutError) as err:
            raise DemoError(f"Home Assistant does not answer: {method} {path}") from err

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("use the Api inside `async with`")
        return self._http

    # --- websocket -------------------------------------------------------

    async def ask(self, command: str, **fields: Any) -> Any:
        """Send one websocket command and return its result."""
        return await self._send(command, fields)

    async def listen(self, command: str, **fields: Any) -> Events:
        """Subscribe, until the connection closes."""
        events: Events = asyncio.Queue()
        await self._send(command, fields, events)
        return events

    async def act(
        self,
        action: str,
        data: Mapping[str, Any] | None = None,
        *,
        entity_id: str | None = None,
    ) -> None:
        """Call an action, as a person pressing a button does."""
        await self._call_action(action, data, entity_id, return_response=False)

    async def act_and_read(
        self,
        action: str,
        data: Mapping[str, Any] | None = None,
        *,
        entity_id: str | None = None,
    ) -> Json:
        """Call an action and return what it answered; on one entity, what for that entity."""
        result = await self._call_action(action, data, entity_id, return_response=True)
        response: Json = result["response"]
        answer: Json = response if entity_id is None else response[entity_id]
        return answer

    async def _call_action(
        self,
        action: str,
        data: Mapping[str, Any] | None,
        entity_id: str | None,
        *,
        return_response: bool,
    ) -> Any:
        domain, service = action.split(".")
        fields: Json = {"domain": domain, "service": service, "service_data": dict(data or {})}
        if entity_id is not None:
            fields["target"] = {"entity_id": entity_id}
        return await self.ask("call_service", **fields, return_response=return_response)

    async def _send(self, command: str, fields: Json, events: Events | None = None) -> Any:
        if self._socket is None or self._reader is None or self._reader.done():
            raise DemoError(CLOSED)
        self._last_id += 1
        number = self._last_id
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        if events is not None:
            self._events[number] = events
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self._socket.send_json({"id": number, "type": command, **fields})
                return await answer
        except TimeoutError:
            raise DemoError(f"No answer to {command} within {ANSWER_WITHIN:.0f} s.") from None
        except ConnectionError as err:
            raise DemoError(CLOSED) from err
        finally:
            self._answers.pop(number, None)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for message in socket:
                packets = message.json()
                for packet in packets if isinstance(packets, list) else [packets]:
                    self._take(packet)
        finally:
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(DemoError(CLOSED))
            for events in self._events.values():
                events.put_nowait(None)

    def _take(self, packet: Json) -> None:
        number = packet["id"]
        if packet["type"] == "event":
            if (events := self._events.get(number)) is not None:
                events.put_nowait(packet["event"])
            return
        answer = self._answers.get(number)
        if packet["type"] != "result" or answer is None or answer.done():
            return
        if packet["success"]:
            answer.set_result(packet["result"])
        else:
            error = packet["error"]
            answer.set_exception(RefusedError(error.get("message") or error["code"]))
