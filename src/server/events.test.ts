import { describe, expect, test } from "vitest";
import { createEventHub, type EventSink, type StreamEvent } from "./events.ts";

/** A listener that takes `room` events and is then full. */
function listener(room = Number.POSITIVE_INFINITY) {
  const state = { events: [] as StreamEvent[], room, pings: 0, allowed: true, ended: null as string | null };
  const sink: EventSink = {
    send(event) {
      state.events.push(event);
      state.room--;
      return state.room > 0;
    },
    ping: () => void state.pings++,
    isAllowed: () => state.allowed,
    end(reason) {
      state.ended = reason;
    },
  };
  return { state, sink, types: () => state.events.map(({ type }) => type) };
}

function hubAt(startMs = 1000) {
  const clock = { nowMs: startMs };
  return { clock, hub: createEventHub(() => clock.nowMs) };
}

describe("resuming", () => {
  test("sends what was missed, once and in order, and then what is new", () => {
    const { hub } = hubAt();
    const ids = ["a", "b", "c"].map((data) => hub.publish("score", data));
    const { sink, state } = listener();
    hub.subscribe(sink, String(ids[0]));
    hub.publish("score", "d");
    expect(state.events.map(({ data }) => JSON.parse(data))).toEqual(["b", "c", "d"]);
    expect(state.events.map(({ id }) => id)).toEqual([ids[1], ids[2], ids[2]! + 1]);
  });

  test("at the newest event sends nothing", () => {
    const { hub } = hubAt();
    const id = hub.publish("score", 1);
    const { sink, types } = listener();
    hub.subscribe(sink, String(id));
    expect(types()).toEqual([]);
  });

  test.each(["999", "1", "5000", "", "x", "-1", "1e3", "1001.5"])(
    "at %s, which nobody knows, says reset",
    (lastEventId) => {
      const { hub } = hubAt();
      hub.publish("score", 1);
      const { sink, types } = listener();
      hub.subscribe(sink, lastEventId);
      expect(types()).toEqual(["reset"]);
    },
  );

  test("after more events than the ring holds says reset", () => {
    const { hub } = hubAt();
    const first = hub.publish("score", 0);
    for (let n = 0; n < 3000; n++) hub.publish("score", n);
    const { sink, types } = listener();
    hub.subscribe(sink, String(first));
    expect(types()).toEqual(["reset"]);
  });

  test("without an identifier begins with what is new", () => {
    const { hub } = hubAt();
    hub.publish("score", 1);
    const { sink, types } = listener();
    hub.subscribe(sink);
    expect(types()).toEqual([]);
  });
});

describe("a slow listener", () => {
  test("loses its oldest events, is told how many, and others lose none", () => {
    const { hub } = hubAt();
    const [slow, fast] = [listener(1), listener()];
    const subscription = hub.subscribe(slow.sink);
    hub.subscribe(fast.sink);
    for (let n = 0; n < 300; n++) hub.publish("tick", n);
    expect(fast.state.events).toHaveLength(300);
    expect(slow.state.events).toHaveLength(1);
    slow.state.room = Number.POSITIVE_INFINITY;
    subscription.drained();
    const [, note, ...rest] = slow.state.events;
    expect([note!.type, JSON.parse(note!.data)]).toEqual(["dropped", { events: 299 - 256 }]);
    expect(rest.map(({ data }) => Number(data))).toEqual(Array.from({ length: 256 }, (_, n) => n + 44));
    const ids = slow.state.events.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(hub.status()).toMatchObject({ listeners: 2, published: 300, dropped: 43 });
  });

  test("holds at most a MiB", () => {
    const { hub } = hubAt();
    const slow = listener(1);
    const subscription = hub.subscribe(slow.sink);
    for (let n = 0; n < 12; n++) hub.publish("tick", "x".repeat(200_000));
    slow.state.room = Number.POSITIVE_INFINITY;
    subscription.drained();
    expect(slow.state.events.filter(({ type }) => type === "tick")).toHaveLength(1 + 5);
  });

  test("is ended after 30 s, but not when it reads in between", () => {
    const { hub, clock } = hubAt();
    const [stuck, slow] = [listener(1), listener(1)];
    hub.subscribe(stuck.sink);
    const subscription = hub.subscribe(slow.sink);
    hub.publish("tick", 1);
    clock.nowMs += 20_000;
    subscription.drained();
    clock.nowMs += 10_000;
    hub.sweep();
    expect([stuck.state.ended, slow.state.ended]).toEqual(["slow", null]);
    expect(hub.status()).toMatchObject({ listeners: 1, ended: { slow: 1 } });
  });
});

test("a listener whose key ended is ended, and pings go out every 15 s", () => {
  const { hub, clock } = hubAt();
  const [gone, stays] = [listener(), listener()];
  hub.subscribe(gone.sink);
  hub.subscribe(stays.sink);
  gone.state.allowed = false;
  for (let second = 0; second < 31; second++) {
    hub.sweep();
    clock.nowMs += 1000;
  }
  expect([gone.state.ended, stays.state.ended, stays.state.pings]).toEqual(["revoked", null, 2]);
});

test("closing ends everyone, and a closed subscription gets nothing more", () => {
  const { hub } = hubAt();
  const [left, stays] = [listener(), listener()];
  hub.subscribe(left.sink).close();
  hub.subscribe(stays.sink);
  hub.publish("tick", 1);
  hub.close();
  expect([left.state.ended, stays.state.ended, left.types(), stays.types()]).toEqual([null, "stopping", [], ["tick"]]);
});
