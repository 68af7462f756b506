/**
 * The pages by their paths: the one table that both a page's own address and its stream go by.
 *
 * @module
 */
import { alarmsPage } from "./alarms_page.tsx";
import { againPage } from "./again_page.tsx";
import { deliveryPage } from "./delivery_page.tsx";
import { devicePage, findPage } from "./device_page.tsx";
import type { Page } from "./frame.tsx";
import { healthPage } from "./health_page.tsx";
import { Overview } from "./overview.tsx";
import { stationPage } from "./station_page.tsx";
import type { View } from "./view.ts";

/** A path that may lead to a page, with what it names. */
export interface Place {
  /** Decoded parts of the path. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Returns the place that an address on this server names; null when it is malformed. */
export function placeOf(address: string): Place | null {
  if (!address.startsWith("/") || address.startsWith("//") || !URL.canParse(address, "http://appliance")) {
    return null;
  }
  const { pathname, searchParams } = new URL(address, "http://appliance");
  try {
    return { path: pathname.split("/").slice(1).map(decodeURIComponent), query: searchParams };
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** Returns the page at a place, or null when there is none. */
export function pageAt(view: View, { path, query }: Place): Page | null {
  const [room = "", name = "", act, ...more] = path;
  if (more.length > 0 || (act !== undefined && !(room === "stations" && act === "again"))) return null;
  if (act === "again") return againPage(view, name);
  const isRoom = path.length === 1;
  switch (room) {
    case "":
      return isRoom ? { title: view.words.overview, isLive: true, main: <Overview view={view} /> } : null;
    case "alarms":
      return isRoom ? alarmsPage(view) : null;
    case "health":
      return isRoom ? healthPage(view) : null;
    case "devices":
      return isRoom ? findPage(view, query.get("uid") ?? undefined) : devicePage(view, name);
    case "stations":
      return stationPage(view, name);
    case "deliveries":
      return deliveryPage(view, name);
    default:
      return null;
  }
}
