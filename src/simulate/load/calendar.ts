// The calendar of working people: time zones, weekends, holidays and the ends of months.
import { DAY_MS, HOUR_MS } from "../random.ts";

/** Days without office work everywhere, as month and day. */
const HOLIDAYS = new Set(["1-1", "5-1", "12-25", "12-26", "12-31"]);

/** Factors on the load of a kind of day. */
export interface DayFactors {
  weekendLoad: number;
  monthEndLoad: number;
}

const zones = new Map<string, { format: Intl.DateTimeFormat; byHour: Map<number, number> }>();

/** How far a time zone is ahead of UTC at an instant, in milliseconds; follows its daylight-saving rules. */
export function utcOffsetMs(zone: string, timeMs: number): number {
  let known = zones.get(zone);
  if (known === undefined) {
    known = {
      format: new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" }),
      byHour: new Map(),
    };
    zones.set(zone, known);
  }
  const hour = Math.floor(timeMs / HOUR_MS);
  let offset = known.byHour.get(hour);
  if (offset === undefined) {
    const name = known.format.formatToParts(hour * HOUR_MS).find(({ type }) => type === "timeZoneName")!.value;
    const [, sign = "+", hours = "0", minutes = "0"] = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name) ?? [];
    offset = (sign === "-" ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * 60_000);
    known.byHour.set(hour, offset);
  }
  return offset;
}

/** Factor of the day at a local time; over three hours around midnight it goes from one day's to the next one's. */
export function dayFactor(factors: DayFactors, localMs: number): number {
  const before = factorOfDay(factors, localMs - 1.5 * HOUR_MS);
  const after = factorOfDay(factors, localMs + 1.5 * HOUR_MS);
  if (before === after) return before;
  const sinceChange = ((localMs + 1.5 * HOUR_MS) % DAY_MS) / (3 * HOUR_MS);
  return before + (after - before) * sinceChange;
}

type DayKind = "working" | "off" | "monthEnd";
const kinds = new Map<number, DayKind>();

function factorOfDay({ weekendLoad, monthEndLoad }: DayFactors, localMs: number): number {
  const day = Math.floor(localMs / DAY_MS);
  let kind = kinds.get(day);
  if (kind === undefined) {
    const date = new Date(day * DAY_MS);
    kind = isDayOff(date) ? "off" : isMonthEnd(date) ? "monthEnd" : "working";
    kinds.set(day, kind);
  }
  return kind === "off" ? weekendLoad : kind === "monthEnd" ? monthEndLoad : 1;
}

function isDayOff(date: Date): boolean {
  const weekday = date.getUTCDay();
  return weekday === 0 || weekday === 6 || HOLIDAYS.has(`${date.getUTCMonth() + 1}-${date.getUTCDate()}`);
}

/** Whether at most one working day follows in the same month. */
function isMonthEnd(date: Date): boolean {
  let workingDays = 0;
  for (let day = new Date(date.getTime() + DAY_MS); day.getUTCMonth() === date.getUTCMonth(); ) {
    if (!isDayOff(day)) workingDays++;
    day = new Date(day.getTime() + DAY_MS);
  }
  return workingDays <= 1;
}
