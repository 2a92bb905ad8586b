// Structured logs: one event with its fields; where it goes is the caller's affair. No field may hold a secret.

/** Levels, least important first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;
/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Takes one event. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/**
 * A log of lines: JSON for machines, short text for people.
 * @param least Events below this level are dropped.
 */
export function lineLog(write: (line: string) => void, now: () => number, least: LogLevel, pretty: boolean): Log {
  return (level, message, fields = {}) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return;
    const time = new Date(now()).toISOString();
    const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
    if (pretty) write(`${time} ${level.padEnd(5)} ${message}${rest.join("")}\n`);
    else write(`${JSON.stringify({ time, level, message, ...fields })}\n`);
  };
}
