// sheet: what every HTML sheet is made of. Escaped markup, scales, chart parts, words for times, one style. Pure.
export { type Box, band, chart, timeAxis } from "./chart.ts";
export { type Child, element, type Markup, trimmed } from "./markup.ts";
export { factList, legend, page, scrolled, styleHash } from "./page.ts";
export {
  linearScale,
  linearTicks,
  logBounds,
  logScale,
  logTicks,
  type Scale,
  tickLabels,
  timeTicks,
} from "./scales.ts";
export { clockInWords, DAY_MS, dayInWords, HOUR_MS, lengthInWords, MINUTE_MS } from "./words.ts";
