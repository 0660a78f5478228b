/** Everything that Retrowalk adds to Home Assistant's frontend, in one module. */

import { SessionFeature, isSupported } from "./feature";
import { define, DOMAIN, runners, type CardConfig, type Hass } from "./ha";
import { SessionCard } from "./session-card";
import { DashboardStrategy, ViewStrategy } from "./strategy";
import { WeekCard } from "./week-card";
import { pageReader } from "./words";

const DOCUMENTATION = "https://github.com/retrowalk/retrowalk/blob/main/docs/dashboard.md";

/** A module that is loaded twice (a resource, and a page that brings it too) does nothing twice. */
const marked = window as { retrowalkIsThere?: true };

function suggest(type: string): (hass: Hass, entity: string) => { config: CardConfig } | null {
  return (hass, entity) => {
    const entry = hass.entities[entity];
    if (entry?.platform !== DOMAIN || !entry.device_id) return null;
    const isRunner = runners(hass).includes(entry.device_id);
    return isRunner ? { config: { type, runner: entry.device_id } } : null;
  };
}

if (!marked.retrowalkIsThere) {
  marked.retrowalkIsThere = true;
  const t = pageReader();
  (window.customCards ??= []).push(
    {
      type: "retrowalk-card",
      name: t.text("card_name"),
      description: t.text("card_about"),
      preview: true,
      documentationURL: DOCUMENTATION,
      getEntitySuggestion: suggest("custom:retrowalk-card"),
    },
    {
      type: "retrowalk-week-card",
      name: t.text("week_name"),
      description: t.text("week_about"),
      preview: true,
      documentationURL: DOCUMENTATION,
      getEntitySuggestion: suggest("custom:retrowalk-week-card"),
    },
  );
  (window.customCardFeatures ??= []).push({
    type: "retrowalk-session-feature",
    name: t.text("card_name"),
    isSupported,
  });
  (window.customStrategies ??= []).push({
    type: "retrowalk",
    strategyType: "dashboard",
    name: "Retrowalk",
    description: t.text("dashboard_about"),
    documentationURL: DOCUMENTATION,
  });
  void define("retrowalk-card", SessionCard);
  void define("retrowalk-week-card", WeekCard);
  void define("retrowalk-session-feature", SessionFeature);
  void define("ll-strategy-dashboard-retrowalk", DashboardStrategy);
  void define("ll-strategy-view-retrowalk", ViewStrategy);
}
