/**
 * Products: beside each its device class and lock class, with the sentences that the owner acknowledged when it was made.
 *
 * @module
 */
// deno-lint-ignore-file jsx-key -- drawn once, on the server: a key would only become an attribute

import { familyByNumber } from "../../bootloader/chips/mod.ts";
import { fill, refusalWords } from "../api/mod.ts";
import type { Office } from "../issuance/mod.ts";
import { listProducts, type StoredProduct } from "../store/mod.ts";
import { Instant, type View } from "./view.tsx";

/** What holds for every product, whatever its chip (D§4). */
const LIMITS = Object.freeze(["limitHost", "limitQuantum", "limitFips", "limitSilicon"] as const);

/** Returns the content of the page. */
export function ProductsPage({ office, view }: { readonly office: Office; readonly view: View }) {
  const products = listProducts(office.db);
  return (
    <>
      <h1>{view.t.products}</h1>
      {products.length === 0 ? <p class="empty">{view.t.noProducts}</p> : null}
      <section class="card alarm">
        <h2>{view.t.limits}</h2>
        <ul>
          {LIMITS.map((limit) => <li>{view.t[limit]}</li>)}
        </ul>
      </section>
      {products.map((product) => <Product key={product.product} view={view} product={product} />)}
    </>
  );
}

function Product({ view, product }: { readonly view: View; readonly product: StoredProduct }) {
  const { t } = view;
  const chips = familyByNumber(product.family)?.chips;
  const { offline } = product;
  return (
    <section class="card">
      <h2>{product.name}</h2>
      <dl>
        <dt>{t.chip}</dt>
        <dd>
          {chips?.name ?? product.family}, {product.flashKb} KiB · {t.lockLevel} {product.lockLevel} ·{" "}
          {t.testedWhere}: {chips?.testedWhere === "model only" ? t.modelOnly : chips?.testedWhere ?? "?"}
        </dd>
        <dt>
          {t.deviceClass} <strong class="class">{chips?.deviceClass ?? "?"}</strong>
        </dt>
        <dd>
          <Acknowledged
            view={view}
            product={product}
            was={product.acknowledges.deviceClassC}
            says={refusalWords("class-c-not-acknowledged", view.language).says}
          />
        </dd>
        <dt>
          {t.lockClass} <strong class="class">{chips?.lockClass.number ?? "?"}</strong>
        </dt>
        <dd>
          <Acknowledged
            view={view}
            product={product}
            was={product.acknowledges.lockClass}
            says={refusalWords("lock-class-not-acknowledged", view.language).says}
          />
          {/* The chip table's own words, of one chip family each: in English wherever they are read. */}
          {chips === undefined ? null : <p class="small" lang="en">{chips.lockClass.says}.</p>}
        </dd>
        <dt>{t.offlineWork}</dt>
        <dd>
          {offline === null ? t.onlineOnly : (
            <>
              {fill(t.offlineTerms, { units: offline.unitsMax, days: offline.days, vault: offline.vault })}
              <Acknowledged
                view={view}
                product={product}
                was={product.acknowledges.offline}
                says={refusalWords("offline-not-acknowledged", view.language).says}
              />
            </>
          )}
        </dd>
        <dt>{t.certificateKey}</dt>
        <dd>
          <code>{product.certificatePublicKey}</code>
        </dd>
      </dl>
    </section>
  );
}

function Acknowledged(
  { view, product, was, says }: {
    readonly view: View;
    readonly product: StoredProduct;
    readonly was: boolean;
    readonly says: string;
  },
) {
  const [before = "", after = ""] = view.t.acknowledged.split("{at}");
  return (
    <figure class="acknowledged">
      <blockquote>{says}.</blockquote>
      <figcaption>
        {was
          ? (
            <>
              ✓ {before}
              <Instant view={view} atMs={product.createdAtMs} />
              {after}
            </>
          )
          : view.t.notNeeded}
      </figcaption>
    </figure>
  );
}
