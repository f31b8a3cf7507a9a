// @ts-check
import { html } from "../vendor/ui.js"
import { ask, tell } from "./calls.js"

/** @typedef {{staff: {id: string, name: string, role: string}, restaurant: {id: string, name: string, currency: string}}} Page */

async function logout() {
  await tell(ask("POST", "staff/logout"))
  location.assign("/staff")
}

/**
 * The same bar on every staff page.
 * @param {{page: Page, here: "floor" | "kitchen" | "house", children?: any}} props
 */
export function TopBar({ page, here, children }) {
  const manages = page.staff.role === "owner" || page.staff.role === "manager"
  return html`<header class="top">
    <h1 class="ellipsis">${page.restaurant.name}</h1>
    <nav aria-label="Pages">
      <a class="button quiet" href="/staff/floor" aria-current=${here === "floor" ? "page" : null}>Floor</a>
      <a class="button quiet" href="/staff/kitchen" aria-current=${here === "kitchen" ? "page" : null}>Kitchen</a>
      <a class="button quiet" href="/staff/house" aria-current=${here === "house" ? "page" : null}>House</a>
      ${manages && html`<a class="button quiet" href="/api/v1/tables/qr.svg" target="_blank" rel="noopener">QR codes</a>`}
    </nav>
    <div class="top-tools">${children}
      <button type="button" class="button quiet" onClick=${logout}>Log out<span class="visually-hidden"> ${page.staff.name}</span></button>
    </div>
  </header>`
}

/** Says how old the page is while the line is not good, and why it does not come back. @param {{store: import("../shared/store.js").Store}} props */
export function Freshness({ store }) {
  const { state, late, end } = store.status.value
  if (end !== null) {
    const words = end === 4501 || end === 4503 ? "You are logged out on this device." : "The live view has stopped."
    return html`<div class="banner" data-kind="bad" role="status">${words}<button type="button" class="button" onClick=${() => location.reload()}>Reload</button></div>`
  }
  if (late === null) return null
  const ago = `Last update ${Math.round(late / 1000)} s ago`
  return html`<div class="banner" role="status">${state === "live" ? ago : `${ago}. Connecting…`}</div>`
}
