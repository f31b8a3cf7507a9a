// @ts-check
// The house: what a manager looks at and decides, section by section; each is fetched when it is first opened.
import { html, render, signal, useEffect, useState } from "../vendor/ui.js"
import { MessageLine } from "../shared/message.js"
import { startClock } from "../staff/clock.js"
import { TopBar } from "../staff/frame.js"
import { manages, page, serves } from "./parts.js"

/** @typedef {{name: string, label: string, group: string, may: boolean, from: () => Promise<any>}} Entry */

/** @type {Entry[]} */
const SECTIONS = [
  { name: "day", label: "Close of day", group: "Money", may: manages, from: () => import("./day.js") },
  { name: "drawer", label: "Drawer", group: "Money", may: serves, from: () => import("./drawer.js") },
  { name: "refunds", label: "Refunds", group: "Money", may: serves, from: () => import("./refunds.js") },
  { name: "disputes", label: "Disputes", group: "Money", may: manages, from: () => import("./disputes.js") },
  { name: "payouts", label: "Payouts", group: "Money", may: manages, from: () => import("./payouts.js") },
  { name: "reviews", label: "Reviews", group: "Watch", may: serves, from: () => import("./reviews.js") },
  { name: "findings", label: "Findings", group: "Watch", may: manages, from: () => import("./findings.js") },
  { name: "audit", label: "Audit log", group: "Watch", may: manages, from: () => import("./audit.js") },
  { name: "bookings", label: "Bookings", group: "Guests", may: serves, from: () => import("./bookings.js") },
  { name: "gifts", label: "Gift cards", group: "Guests", may: manages, from: () => import("./gifts.js") },
  { name: "tips", label: "Tips", group: "Team", may: true, from: () => import("./tips.js") },
  { name: "analytics", label: "Analytics", group: "Team", may: manages, from: () => import("./analytics.js") },
].filter((one) => one.may)

/** The address says which section is open. */
const here = () => SECTIONS.find((one) => one.name === location.hash.slice(1).split("/")[0]) ?? SECTIONS[0]
/** @type {{value: Entry | undefined}} */
const shown = signal(here())

/** A browser leaves a link that is half in sight where it is. @param {FocusEvent} event */
const visible = (event) => event.currentTarget instanceof Element && event.currentTarget.scrollIntoView({ block: "nearest", inline: "nearest" })

function Nav() {
  return html`<nav class="house-nav" aria-label="Sections"><ul>${SECTIONS.map((one, at) => html`
    ${one.group !== SECTIONS[at - 1]?.group && html`<li class="house-group soft small" key=${one.group} aria-hidden="true">${one.group}</li>`}
    <li key=${one.name}><a class="button quiet" href=${`#${one.name}`} onFocus=${visible} aria-current=${shown.value === one ? "page" : null}>${one.label}</a></li>`)}</ul></nav>`
}

/** @param {{entry: Entry}} props */
function Open({ entry }) {
  const [Part, setPart] = useState(/** @type {any} */ (null))
  const [lost, setLost] = useState(false)
  const fetchIt = () => void entry.from().then((module) => setPart(() => module.default), () => setLost(true))
  useEffect(() => {
    fetchIt()
    addEventListener("online", fetchIt)
    return () => removeEventListener("online", fetchIt)
  }, [])
  if (Part) return html`<${Part} />`
  return lost ? html`<div class="card state" role="alert"><p>No connection. This part could not be loaded.</p><button type="button" class="button" onClick=${() => location.reload()}>Load again</button></div>` : html`<p class="empty" role="status">Loading…</p>`
}

function House() {
  const entry = shown.value
  return html`<${TopBar} page=${page} here="house" />
    <div class="house"><${Nav} /><main class="house-main" id="main">${entry && html`<${Open} key=${entry.name} entry=${entry} />`}</main></div>
    <${MessageLine} />`
}

addEventListener("hashchange", () => {
  shown.value = here()
  document.querySelector(`.house-nav a[href="#${shown.value?.name}"]`)?.scrollIntoView({ block: "nearest", inline: "center" })
  document.title = `${shown.value?.label} · ${page.restaurant.name}`
  scrollTo({ top: 0 })
})
startClock(() => Date.parse(page.now) - performance.timeOrigin)
const root = /** @type {HTMLElement} */ (document.getElementById("app"))
root.replaceChildren()
render(html`<${House} />`, root)
document.querySelector(".house-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" })
document.body.dataset.ready = "yes"
