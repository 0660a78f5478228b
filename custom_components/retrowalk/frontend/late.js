// Where the cards come with the page: until Home Assistant 2026.11 such a module runs before the
// page has made its own registry of elements, and no element may be made before that.
await customElements.whenDefined("home-assistant");
await import(`./retrowalk.js${new URL(import.meta.url).search}`);
