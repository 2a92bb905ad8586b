import { expect, test } from "vitest";
import { createTicketOffice } from "./tickets.ts";

function openOffice() {
  const clock = { nowMs: 0 };
  return { clock, office: createTicketOffice(() => clock.nowMs) };
}

test("a ticket is good once, for half a minute", () => {
  const { clock, office } = openOffice();
  const { ticket, expiresInMs } = office.issue("k");
  expect([ticket.length, expiresInMs]).toEqual([43, 30_000]);
  expect([office.redeem(ticket), office.redeem(ticket)]).toEqual([{ keyId: "k" }, undefined]);
  const [early, late] = [office.issue(null).ticket, office.issue("k").ticket];
  clock.nowMs = 29_999;
  expect(office.redeem(early)).toEqual({ keyId: null });
  clock.nowMs = 30_000;
  expect([office.redeem(late), office.redeem(""), office.redeem("x".repeat(43))]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("a key that asks again and again drives out its own oldest tickets and nobody else's", () => {
  const { office } = openOffice();
  const other = office.issue("other").ticket;
  const tickets = Array.from({ length: 40 }, () => office.issue("k").ticket);
  expect(new Set(tickets).size).toBe(40);
  expect(tickets.map((ticket) => office.redeem(ticket) !== undefined)).toEqual([
    ...Array<boolean>(8).fill(false),
    ...Array<boolean>(32).fill(true),
  ]);
  expect(office.redeem(other)).toEqual({ keyId: "other" });
});
