/**
 * One delivery: its phases on a line of time, and what the record has of it.
 *
 * @module
 */
import { outcomeWords } from "../../authority/api/mod.ts";
import type { ChainRecord, DeliveryRecord } from "../journal/mod.ts";
import { CauseText } from "./deliveries.tsx";
import { formatTook } from "./formats.ts";
import type { Page } from "./frame.tsx";
import { type PhaseTime, phaseTimesOf } from "./phase_times.ts";
import { phaseWord } from "./station_page.tsx";
import type { View } from "./view.ts";

/** What of a record's body is shown: never bytes of receipts and certificates, which nobody reads from a page. */
const SHOWN = [
  "station",
  "phase",
  "uid",
  "chip",
  "ticketId",
  "release",
  "mode",
  "message2",
  "word",
  "outcome",
  "cause",
];

/** Returns the page of a delivery, or null when the record has none of that number. */
export function deliveryPage(view: View, id: string): Page | null {
  const delivery = /^[1-9][0-9]{0,14}$/.test(id) ? view.source.book.delivery(Number(id)) : null;
  if (delivery === null) return null;
  const title = `${view.words.delivery} ${delivery.id}`;
  return {
    title,
    isLive: delivery.outcome === null,
    main: <Delivery delivery={delivery} title={title} view={view} />,
  };
}

interface DeliveryParts {
  readonly delivery: DeliveryRecord;
  readonly title: string;
  readonly view: View;
}

function Delivery({ delivery, title, view }: DeliveryParts) {
  const { words, source, instant } = view;
  const { outcome, startedMs, uid, chip, mode, station } = delivery;
  const times = phaseTimesOf(source.book.steps([delivery.id]), source.nowMs());
  return (
    <>
      <h1>
        {title}{" "}
        <span class={`outcome ${outcome ?? "running"}`}>
          {outcome === null ? words.underWay : outcomeWords[outcome][view.language]}
        </span>
      </h1>
      <p class="cause">
        <CauseText code={delivery.cause} view={view} />
      </p>
      <dl class="facts">
        <dt>{words.began}</dt>
        <dd>{instant(startedMs)}</dd>
        <dt>{words.uid}</dt>
        <dd>
          {uid === null ? "–" : (
            <a href={`/devices/${uid}`}>
              <code>{uid}</code>
            </a>
          )} {chip ?? ""}
        </dd>
        <dt>{words.stationTold.replace("{subject}", "").trim()}</dt>
        <dd>
          <a href={`/stations/${encodeURIComponent(station)}`}>{station}</a>
        </dd>
        <dt>{words.way}</dt>
        <dd>{words[mode]}</dd>
      </dl>
      <h2>{words.timeline}</h2>
      <p>{words.timelineSays}</p>
      <Timeline times={times} view={view} />
      <h2>{words.records}</h2>
      <Records records={source.book.records(delivery)} view={view} />
    </>
  );
}

/** All phases one after the other: how long each is, is how wide it is. */
function Timeline({ times, view }: { readonly times: readonly PhaseTime[]; readonly view: View }) {
  const { words } = view;
  const [first] = times;
  if (first === undefined) return <p>{words.noDelivery}</p>;
  const whole = Math.max(1, times.reduce((sum, { tookMs }) => sum + tookMs, 0));
  const at = (ms: number) => (1000 * ms) / whole;
  const before = times.map((_, index) => times.slice(0, index).reduce((sum, { tookMs }) => sum + tookMs, 0));
  return (
    <table class="picture">
      <thead>
        <tr>
          <th scope="col">{words.phase}</th>
          <th scope="col" class="bars"></th>
          <th scope="col">{words.took}</th>
          <th scope="col">{words.began}</th>
        </tr>
      </thead>
      <tbody>
        {times.map(({ phase, tookMs }, index) => (
          <tr key={index}>
            <th scope="row">{phaseWord(view, phase)}</th>
            <td class="bars">
              <svg viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">
                <rect class="bar" x={at(before[index]!)} y="3" width={Math.max(3, at(tookMs))} height="14" />
              </svg>
            </td>
            <td>{formatTook(tookMs)}</td>
            <td>+{formatTook(before[index]!)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Records({ records, view }: { readonly records: readonly ChainRecord[]; readonly view: View }) {
  const { words, instant } = view;
  return (
    <div class="scroll" tabindex={0} role="region" aria-label={words.records}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.record}</th>
            <th scope="col">{words.time}</th>
            <th scope="col">{words.what}</th>
          </tr>
        </thead>
        <tbody>
          {records.map(({ number, atMs, kind, body }) => (
            <tr key={number}>
              <th scope="row">{number}</th>
              <td>{instant(atMs)}</td>
              <td>
                <b>{kind}</b> <code>{factsOf(body)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The facts of a record that a person can read. A body that is no JSON was changed: nothing of it is shown. */
function factsOf(body: string): string {
  try {
    const facts: unknown = JSON.parse(body);
    if (typeof facts !== "object" || facts === null) return "";
    return Object.entries(facts).filter(([name, value]) => SHOWN.includes(name) && value !== null)
      .map(([name, value]) => `${name} ${String(value).slice(0, 64)}`).join(", ");
  } catch {
    return "";
  }
}
