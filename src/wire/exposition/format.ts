// The two text formats that are scraped, and how they are asked for. Source: prometheus/docs
// docs/instrumenting/exposition_formats.md and content_negotiation.md.

/** `prometheus` is the text format 0.0.4, `openmetrics` OpenMetrics 1.0. */
export type ExpositionFormat = "prometheus" | "openmetrics";

/** What a scraper sends as Accept. */
export const SCRAPE_ACCEPT =
  "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,text/plain;q=0.3";

/** The format that a Content-Type names, or null if it is neither. Without one, text is format 0.0.4. */
export function expositionFormat(contentType: string | undefined): ExpositionFormat | null {
  const [type = "", ...parameters] = (contentType ?? "text/plain").split(";").map((part) => part.trim().toLowerCase());
  const version = parameters.find((parameter) => parameter.startsWith("version="))?.slice("version=".length);
  if (type === "application/openmetrics-text") return "openmetrics";
  return type === "text/plain" && (version === undefined || version === "0.0.4") ? "prometheus" : null;
}
