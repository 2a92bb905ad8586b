// receive: samples as others push them, kept in a journal until their interval has settled, then made rows of by a mapping.
export { copyJournal } from "./copy-journal.ts";
export type { JournalGap, JournalStatus } from "./journal.ts";
export { type JournalFiles, journalFiles } from "./journal-files.ts";
export {
  type OwnReceiver,
  openReceiver,
  type ReceivedCounts,
  type ReceiverLimits,
  type ReceiverOptions,
  type ReceiverStatus,
} from "./open-receiver.ts";
export type { ReceiveResult, Refusal, SampleReceiver } from "./receiver.ts";
export type { SettleTally } from "./settle.ts";
