// @ts-check
// Tabs on a table: money held on guests' cards, to take what they owe from or to give back; and payments of a whole group.
import { html, useState } from "../vendor/ui.js"
import { Sheet } from "../shared/sheet.js"
import { ask } from "./calls.js"
import { now } from "./clock.js"
import { Wrong, keyed, useTry } from "./trying.js"
import { span } from "./words.js"

/** @typedef {import("./visit.js").Doing} Doing */

/** @type {Record<string, {kind: string, text: string}>} */
const STATE = {
  placed: { kind: "held", text: "Card not entered yet" },
  authorized: { kind: "good", text: "Held" },
  capturing: { kind: "held", text: "Being taken" },
  captured: { kind: "good", text: "Taken" },
  releasing: { kind: "held", text: "Being given back" },
  released: { kind: "", text: "Given back" },
  expired: { kind: "bad", text: "The bank let it go" },
  refused: { kind: "bad", text: "Refused" },
}
const LIVE = ["placed", "authorized", "capturing", "releasing"]

/** @param {{doing: Doing}} props */
export function Tabs({ doing }) {
  const holds = Object.entries(doing.view.holds ?? {}).filter(([, hold]) => LIVE.includes(hold.status) || hold.status === "expired")
  if (holds.length === 0) return null
  const { coins, view, ask: open } = doing
  return html`<section aria-label="Tabs"><h3>Tabs</h3><ul class="list">${holds.map(([id, hold]) => {
    const state = STATE[hold.status] ?? { kind: "", text: hold.status }
    return html`<li class="payment" key=${id}><div class="row"><span class="grow"><strong>${view.guests[hold.guest]?.name ?? "Somebody"}</strong><br /><span class="small soft">${hold.raising ? `being raised to ${coins.format(hold.raising)}` : hold.closing ? "ends by itself" : `owes ${coins.format(view.guests[hold.guest]?.due ?? 0)}`}${hold.decline ? " · a raise was declined" : ""}</span></span>
        <span class="right"><span class="amount">${coins.format(hold.amount)}</span><br /><span class="chip" data-kind=${state.kind}>${state.text}</span></span></div>
      ${hold.status === "authorized" && html`<div class="row"><button type="button" class="button grow" onClick=${() => open("tab", { id, hold, what: "capture" })}>Take what they owe</button><button type="button" class="button" onClick=${() => open("tab", { id, hold, what: "release" })}>Give back</button></div>`}</li>`
  })}</ul></section>`
}

/** @param {{doing: Doing, subject: {id: string, hold: any, what: "capture" | "release"}, onclose: () => void}} props */
export function EndTab({ doing, subject: { id, hold, what }, onclose }) {
  const { busy, wrong, attempt } = useTry()
  const { coins, view } = doing
  const owed = view.guests[hold.guest]?.due ?? 0
  const name = view.guests[hold.guest]?.name ?? "Somebody"
  const go = async () => {
    const done = what === "capture" ? await attempt(() => keyed(`capture:${id}`, `holds/${id}/capture`, { expectedAmount: owed }), "Being taken.") : await attempt(() => ask("POST", `holds/${id}/release`), "Given back.")
    if (done !== undefined) onclose()
  }
  return html`<${Sheet} title=${what === "capture" ? `Take ${coins.format(owed)} from ${name}'s tab?` : `Give ${name}'s tab back?`} onclose=${onclose} kind="dialog">
    <p>${what === "capture" ? `${coins.format(hold.amount)} is held. What is not taken goes back to the card.${owed > hold.amount ? " More is owed than is held: the bank is asked for more first." : ""}` : `${coins.format(hold.amount)} on the card is free again. Nothing is charged.`}</p>
    <${Wrong} text=${wrong} />
    <button type="button" class=${`button tall ${what === "capture" ? "primary" : "danger"}`} disabled=${busy || (what === "capture" && owed === 0)} onClick=${go}>${what === "capture" ? `Take ${coins.format(owed)}` : "Give it back"}</button>
  <//>`
}

/** Several who pay together or not at all. @param {{doing: Doing}} props */
export function Groups({ doing }) {
  const [id, group] = Object.entries(doing.view.groups ?? {}).find(([, one]) => one.status === "open" || one.status === "capturing") ?? []
  const { wrong, busy, attempt } = useTry()
  const [asked, setAsked] = useState(0)
  if (!id || !group) return null
  const { coins, view } = doing
  const left = Date.parse(group.deadline) - doing.now()
  const names = (/** @type {string[]} */ ids) => ids.map((one) => view.guests[one]?.name ?? "Somebody").join(", ")
  const remind = async () => {
    if (await attempt(() => ask("POST", `group-payments/${id}/remind`), "They were reminded.")) setAsked(now.value)
  }
  return html`<section class="card stack" aria-label="Group payment"><p><strong>Paying together: ${coins.format(group.amount + (group.tip ?? 0))}</strong><br /><span class="small">${group.status === "capturing" ? "Every card said yes; the money is being taken." : `${group.ready.length} of ${Object.keys(group.payments).length} cards are ready · ${left > 0 ? span(left + 59_000) : "no time"} left`}</span></p>
    ${group.waiting.length > 0 && html`<p class="small">Still to pay: ${names(group.waiting)}</p>`}
    <${Wrong} text=${wrong} />
    ${group.status === "open" && html`<div class="row"><button type="button" class="button grow" disabled=${busy || now.value - asked < 60_000} onClick=${remind}>Remind them</button><button type="button" class="button" disabled=${busy} onClick=${() => attempt(() => ask("POST", `group-payments/${id}/cancel`), "Nobody was charged.")}>Let it go</button></div>`}</section>`
}
