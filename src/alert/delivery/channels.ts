// The channels of configured destinations.
import type { Destination } from "../schema.ts";
import { alertmanagerChannel } from "./alertmanager.ts";
import type { Channel } from "./channel.ts";
import type { Post } from "./post.ts";
import { checkTarget } from "./target.ts";
import { webhookChannel } from "./webhook.ts";

/** What all channels share. */
export interface ChannelOptions {
  /** Where people find this Forewarn; alerts link to it. */
  externalUrl: string;
  /** Distance of evaluations. */
  intervalMs: number;
  post: Post;
}

/**
 * Makes a channel for each destination.
 * @throws ForewarnError `target_refused` for a URL that must never be called.
 */
export function createChannels(destinations: readonly Destination[], options: ChannelOptions): Channel[] {
  const { externalUrl, intervalMs, post } = options;
  return destinations.map((destination) => {
    checkTarget(destination.name, destination.url, destination.allowPrivate);
    return destination.kind === "webhook"
      ? webhookChannel(destination, externalUrl, post)
      : alertmanagerChannel(destination, externalUrl, intervalMs, post);
  });
}
