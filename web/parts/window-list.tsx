// A long list in the page's own scrolling: only the rows in view are made. All rows have the height of `--row`.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface Props<T> {
  items: readonly T[];
  keyOf: (item: T) => string;
  /** A `tr` with `aria-rowindex={index + 2}`. */
  row: (item: T, index: number) => ComponentChildren;
  head: ComponentChildren;
  label: string;
}

/** Rows made beyond each edge of the view. */
const SPARE = 8;

/** A table of which only what is in view exists. Arrow keys, Home and End move between the links of its rows. */
export function WindowList<T>({ items, keyOf, row, head, label }: Props<T>) {
  const body = useRef<HTMLTableElement>(null);
  const wanted = useRef<number | null>(null);
  const [[first, last], setRange] = useState<[number, number]>([0, 40]);
  const rowPx = () => Number.parseFloat(getComputedStyle(body.current!).getPropertyValue("--row"));

  useEffect(() => {
    let frame = 0;
    const measure = () => {
      frame = 0;
      if (body.current === null) return;
      const { top } = body.current.tBodies[0]!.getBoundingClientRect();
      const height = rowPx();
      const from = Math.max(0, Math.floor(-top / height) - SPARE);
      const to = Math.ceil((innerHeight - top) / height) + SPARE;
      setRange((before) => (before[0] === from && before[1] === to ? before : [from, to]));
    };
    const schedule = () => {
      frame ||= requestAnimationFrame(measure);
    };
    measure();
    // What stands above the list grows and shrinks, too.
    const observer = new ResizeObserver(schedule);
    observer.observe(document.body);
    addEventListener("scroll", schedule, { passive: true });
    addEventListener("resize", schedule);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      removeEventListener("scroll", schedule);
      removeEventListener("resize", schedule);
    };
  }, [items.length]);

  useEffect(() => {
    if (wanted.current === null) return;
    const link = linkOf(wanted.current);
    if (link === null) return;
    wanted.current = null;
    link.focus({ preventScroll: true });
  });

  const linkOf = (index: number) => body.current!.querySelector<HTMLElement>(`tr[aria-rowindex="${index + 2}"] a`);
  const move = (event: KeyboardEvent) => {
    const from = Number((event.target as Element).closest("tr")?.getAttribute("aria-rowindex")) - 2;
    const target = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: items.length - 1 }[event.key];
    if (target === undefined || !(from >= 0) || target < 0 || target >= items.length) return;
    event.preventDefault();
    const height = rowPx();
    const top = body.current!.tBodies[0]!.getBoundingClientRect().top + target * height;
    if (top < 2 * height) scrollBy(0, top - 2 * height);
    if (top > innerHeight - 2 * height) scrollBy(0, top - innerHeight + 2 * height);
    wanted.current = target;
    linkOf(target)?.focus({ preventScroll: true });
  };

  const end = Math.min(last, items.length);
  const start = Math.min(first, Math.max(0, end - 1));
  return (
    <table class="list" aria-label={label} aria-rowcount={items.length + 1} ref={body} onKeyDown={move}>
      <thead>{head}</thead>
      <tbody>
        <Spacer rows={start} />
        {items.slice(start, end).map((item, at) => (
          <FragmentRow key={keyOf(item)}>{row(item, start + at)}</FragmentRow>
        ))}
        <Spacer rows={items.length - end} />
      </tbody>
    </table>
  );
}

function Spacer({ rows }: { rows: number }) {
  return <tr class="spacer" style={{ height: `calc(var(--row) * ${Math.max(0, rows)})` }} />;
}

function FragmentRow({ children }: { children: ComponentChildren }) {
  return <>{children}</>;
}
