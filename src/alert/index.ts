// alert: forecasts -> claims that are held to their deadline -> notifications that are not lost.
export { type AlertBook, type AlertBookOptions, type AlertTick, type AlertUpdate, createAlertBook } from "./book.ts";
export { type AlertBookState, emptyBookState, parseBookState, type TrackedAlert } from "./book-state.ts";
export { checkRulesFit, type ModelAnswers } from "./check-rules.ts";
export { createChannels } from "./delivery/channels.ts";
export {
  createDispatcher,
  type DeliveryProblem,
  type DeliveryStatus,
  type Dispatcher,
} from "./delivery/dispatcher.ts";
export { createPost, type Post, type PostOutcome } from "./delivery/post.ts";
export { checkTarget, guardedLookup, type ResolveHost } from "./delivery/target.ts";
export type { GroupOptions } from "./groups.ts";
export { fingerprint, type Labels, type Matcher, matchesLabels } from "./labels.ts";
export { type LedgerEntry, type TrackRecord, trackRecord } from "./ledger.ts";
export { phaseOf } from "./lifecycle.ts";
export type { Notification } from "./notification.ts";
export { type Outbox, openOutbox } from "./outbox.ts";
export type { OwnAlert, OwnFault } from "./own-alerts.ts";
export type { QuietTime } from "./quiet.ts";
export { type AlertForecast, type Reading, readForecast } from "./reading.ts";
export {
  READING,
  type RecordedIncident,
  type ReplayedRule,
  type ReplayGrid,
  type ReplayLane,
  readLane,
  replayRule,
} from "./replay.ts";
export {
  type AlertRule,
  type BreachAlertRule,
  defaultAlertRules,
  parseAlertRules,
  type QuantileAlertRule,
  type WatchedEvent,
  watchedEvents,
} from "./rules.ts";
export {
  type AlertConfig,
  alertConfigSchema,
  certificates,
  type Destination,
  headerRecord,
  headerText,
} from "./schema.ts";
export { createThresholdReplay, type ThresholdReplay, type ThresholdScores } from "./threshold-replay.ts";
export { type TimeToBreach, timeToBreach } from "./time-to-breach.ts";
export { type ReplayBasis, tooLittleToJudge } from "./too-little.ts";
export type { Acknowledgement, AlertOutcome, AlertTrack, Incident } from "./track.ts";
