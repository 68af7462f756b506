/**
 * What needs attention now, what was noted, and the deliveries that made no device.
 *
 * @module
 */
import { fill, runningText } from "../../authority/api/mod.ts";
import { saidIn } from "./said.ts";
import { type Alarm, alarmsOf } from "./alarms.ts";
import { Deliveries } from "./deliveries.tsx";
import type { DeliveryRecord } from "../journal/mod.ts";
import { numbersOf, wasGoodBefore } from "./look.ts";
import type { Page } from "./frame.tsx";
import type { Noted } from "./source.ts";
import type { View } from "./view.ts";

const LISTED = 30;
/** How many are looked through for them: each restart meets every good board again that still stands in its station. */
const LOOKED_THROUGH = 300;

/** Returns the page of alarms. */
export function alarmsPage(view: View): Page {
  return { title: view.words.alarms, isLive: true, main: <Alarms view={view} /> };
}

function Alarms({ view }: { readonly view: View }) {
  const { words, source, instant } = view;
  const alarms = alarmsOf(view, source.health());
  const { sinceMs, items } = source.noted();
  return (
    <>
      <h1>{words.alarms}</h1>
      <h2>{words.alarmsNow}</h2>
      {alarms.length === 0
        ? <p class="banner green">{words.alarmsNone}</p>
        : <ul class="alarms">{alarms.map((alarm) => <Line key={alarm.text} alarm={alarm} />)}</ul>}
      <h2>{fill(words.alarmsNoted, { time: instant(sinceMs) })}</h2>
      <p>{words.alarmsNotedSay}</p>
      <ul class="noted">
        {items.slice(0, LISTED).map((noted, index) => (
          <li key={index}>
            <time>{instant(noted.atMs)}</time> {notedText(noted, view)}
          </li>
        ))}
      </ul>
      <h2>{words.notDelivered}</h2>
      <Deliveries deliveries={madeNothing(view)} view={view} />
    </>
  );
}

/** The newest deliveries that made no device and met none. */
function madeNothing({ source }: View): readonly DeliveryRecord[] {
  return source.book.notDelivered(LOOKED_THROUGH)
    .filter(({ outcome, cause }) => outcome === null || !wasGoodBefore({ outcome, cause })).slice(0, LISTED);
}

function Line({ alarm }: { readonly alarm: Alarm }) {
  const { colour, text, says, link } = alarm;
  return (
    <li class={`banner ${colour}`}>
      {link === null ? <b>{text}</b> : (
        <a href={link}>
          <b>{text}</b>
        </a>
      )}
      {says === null ? null : <span class="why">{says}</span>}
    </li>
  );
}

function notedText(noted: Noted, { words, language, status }: View): string {
  const { kind } = noted;
  // Stations are called by their numbers, as on every page.
  const number = kind === "station" ? numbersOf(status).get(noted.subject ?? "") : undefined;
  const subject = number === undefined ? noted.subject : `${number}`;
  const named = {
    away: words.away,
    back: words.back,
    refused: words.refusedRound,
    problem: words.problem,
    alarm: words.alarm,
    finished: words.finished,
    late: words.late,
    station: words.stationTold,
  }[kind];
  const text = fill(named, { subject: subject ?? "" });
  const code = kind === "refused" && subject !== null ? `authority-${subject}` : noted.reason ?? null;
  const { says, remedy } = code === null
    ? noted
    : saidIn(language, { code, says: noted.says ?? "", remedy: noted.remedy });
  return runningText(language, ...[text, says, remedy].filter((part) => part !== null));
}
