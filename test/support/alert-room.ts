// The alert room in its smallest form, for tests: one directory, and the order of writes that loses no alert. First the
// book with the ends that must still be told, then the outbox; beginnings are offered again by the next evaluation.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AlertBookOptions,
  type AlertBookState,
  type AlertTick,
  type AlertUpdate,
  createAlertBook,
  createChannels,
  createDispatcher,
  type DeliveryProblem,
  type Destination,
  type Dispatcher,
  emptyBookState,
  type Notification,
  openOutbox,
  type Post,
  parseBookState,
  type QuietTime,
} from "../../src/alert/index.ts";
import { makeDirectory, type Rng, writeFileAtomic } from "../../src/base/index.ts";

/** What an alert room needs. */
export interface AlertRoomOptions extends AlertBookOptions {
  /** Its files; made where missing. No other process may use it. */
  directory: string;
  destinations: readonly Destination[];
  /** Where people find this Forewarn; alerts link to it. */
  externalUrl: string;
  post: Post;
  now: () => number;
  /** For the jitter of pauses. */
  rng: Rng;
  onProblem: (problem: DeliveryProblem) => void;
}

/** A running alert room. */
export interface AlertRoom {
  /** Takes one evaluation, and returns when it is on stable storage. */
  evaluate(tick: AlertTick): AlertUpdate;
  /** Silences alerts from the next evaluation on. */
  setQuiet(quiet: QuietTime): void;
  /** Sends what is due, when, and how that goes. */
  delivery: Dispatcher;
  close(): void;
}

/** The file of the book. */
interface StoredRoom {
  book: AlertBookState;
  /** Ends of alerts that may not have reached the outbox. */
  ended: Notification[];
}

/** Opens the alert room of a directory where it was left, or starts one. */
export function openAlertRoom(options: AlertRoomOptions): AlertRoom {
  const { directory, destinations, externalUrl, intervalMs, post, now, rng, onProblem } = options;
  makeDirectory(directory);
  const path = join(directory, "alerts.json");
  const stored = readRoom(path);
  const book = createAlertBook(options, stored.book);
  const channels = createChannels(destinations, { externalUrl, intervalMs, post });
  const names = channels.map(({ name }) => name);
  const outbox = openOutbox(join(directory, "outbox.ndjson"), names, now());
  let { ended } = stored;
  const save = () => writeFileAtomic(path, JSON.stringify({ book: book.state(), ended } satisfies StoredRoom));

  return {
    evaluate(tick) {
      const update = book.tick(tick);
      ended.push(...update.notifications.filter(({ endsAtMs }) => endsAtMs !== null));
      save();
      const standing = update.notifications.filter(({ endsAtMs }) => endsAtMs === null);
      // An alert that ended and began again is told as it is now.
      outbox.put([...ended, ...standing], tick.nowMs);
      outbox.silence(book.silenced(tick.nowMs), tick.nowMs);
      ended = [];
      return update;
    },
    setQuiet: book.setQuiet,
    delivery: createDispatcher({ channels, outbox, now, rng, onProblem }),
    close: () => outbox.close(),
  };
}

function readRoom(path: string): StoredRoom {
  if (!existsSync(path)) return { book: emptyBookState(), ended: [] };
  const { book, ended } = JSON.parse(readFileSync(path, "utf8")) as StoredRoom;
  return { book: parseBookState(JSON.stringify(book), path), ended };
}
