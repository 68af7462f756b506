/**
 * One device, by its UID: all that this appliance did with it; and the way to find one by its last digits.
 *
 * @module
 */
import { fill } from "../../authority/api/mod.ts";
import { Deliveries } from "./deliveries.tsx";
import type { Page } from "./frame.tsx";
import type { View } from "./view.ts";

const UID = /^[0-9a-f]{24}$/;
const TAIL = /^[0-9a-f]{4,24}$/;
const LISTED = 50;

/** Returns the page of a device, or null when the text is no UID. */
export function devicePage(view: View, uid: string): Page | null {
  if (!UID.test(uid)) return null;
  const { words, source } = view;
  const deliveries = source.book.ofUid(uid, LISTED);
  const title = fill(words.device, { uid: `…${uid.slice(-4)}` });
  const main = (
    <>
      <h1>{title}</h1>
      <p class="cause">
        <code>{uid}</code>
      </p>
      {deliveries.length === 0
        ? <p>{words.deviceUnknown}</p>
        : <Deliveries deliveries={deliveries} view={view} />}
    </>
  );
  return { title, isLive: false, main, status: deliveries.length === 0 ? 404 : 200 };
}

/** Returns the page that looks for devices; `asked` is what a person typed, if anything. */
export function findPage(view: View, asked: string | undefined): Page {
  const { words } = view;
  const tail = asked?.trim().toLowerCase();
  return {
    title: words.devices,
    isLive: false,
    main: (
      <>
        <h1>{words.devices}</h1>
        <form action="/devices" method="get" class="find">
          <label for="uid">{words.findBy}</label>
          <input id="uid" name="uid" maxlength={24} autocomplete="off" value={tail?.slice(0, 24) ?? ""} />
          <button type="submit">{words.find}</button>
        </form>
        {tail === undefined || tail === "" ? null : <Found tail={tail} view={view} />}
      </>
    ),
  };
}

function Found({ tail, view }: { readonly tail: string; readonly view: View }) {
  const { words, source } = view;
  if (!TAIL.test(tail)) return <p role="alert">{words.findMalformed}</p>;
  const uids = source.book.uidsEndingWith(tail, LISTED);
  if (uids.length === 0) return <p role="alert">{words.findNothing}</p>;
  return (
    <ul class="found">
      {uids.map((uid) => (
        <li key={uid}>
          <a href={`/devices/${uid}`}>
            <code>{uid}</code>
          </a>
        </li>
      ))}
    </ul>
  );
}
