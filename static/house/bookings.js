// @ts-check
// Who comes when: bookings of a day, seated, cancelled or never seen; and the house's rules for them.
import { html, useState } from "../vendor/ui.js"
import { Sheet, Stepper } from "../shared/sheet.js"
import { amountOf } from "../shared/typed.js"
import { ask, tell } from "../staff/calls.js"
import { Wrong, useTry } from "../staff/trying.js"
import { Answer, DateField, Do, Section, coins, dateOf, dayName, instant, manages, page, price, time, useAsk } from "./parts.js"
import { BOOKING } from "./words.js"

/** @typedef {import("./types.js").Booking} Booking */

export default function Bookings() {
  const [date, setDate] = useState(dateOf())
  const [asking, setAsking] = useState(/** @type {{what: string, booking?: Booking} | null} */ (null))
  const asked = useAsk(`bookings?date=${date}`)
  /** @type {Booking[]} */
  const rows = [...(asked.found?.bookings ?? [])].sort((one, other) => one.at.localeCompare(other.at))
  const close = () => setAsking(null)
  const tools = html`<${DateField} label="Day" id="day" value=${date} onchange=${setDate} /><button type="button" class="button primary" onClick=${() => setAsking({ what: "new" })}>New booking</button>${manages && html`<button type="button" class="button" onClick=${() => setAsking({ what: "rules" })}>Rules</button>`}`
  return html`<${Section} title="Bookings" lead=${`${dayName(date)}: ${rows.filter((one) => one.state === "booked").reduce((sum, one) => sum + one.people, 0)} people to come`} tools=${tools}>
    <${Answer} asked=${asked} empty=${rows.length === 0 && "Nobody has booked for this day."}>
      <ul class="entries">${rows.map((one) => html`<${Row} key=${one.id} booking=${one} again=${asked.again} onask=${(/** @type {string} */ what) => setAsking({ what, booking: one })} />`)}</ul>
    <//>
    ${asking?.what === "new" && html`<${NewBooking} date=${date} again=${asked.again} onclose=${close} />`}
    ${asking?.what === "rules" && html`<${Rules} onclose=${close} />`}
    ${asking?.booking && html`<${End} what=${asking.what} booking=${asking.booking} again=${asked.again} onclose=${close} />`}
  <//>`
}

/** @param {{booking: Booking, again: () => Promise<void>, onask: (what: string) => void}} props */
function Row({ booking, again, onask }) {
  const state = BOOKING[booking.state] ?? { kind: "", text: booking.state }
  const seat = async () => {
    await tell(ask("POST", `bookings/${booking.id}/seat`), "Seated. The table is open.")
    await again()
  }
  return html`<li class="card entry">
    <div class="entry-head"><strong>${time(booking.at)}</strong><span>${booking.name} · ${booking.people} ${booking.people === 1 ? "person" : "people"}${booking.table ? ` · Table ${booking.table.label}` : ""}</span><span class="chip" data-kind=${state.kind}>${state.text}</span></div>
    <p class="soft small">${booking.contact ?? ""}${booking.holdId ? ` · ${price(booking.noShowAmount ?? 0, booking.currency)} held on a card` : ""}${booking.charged ? ` · ${price(booking.charged, booking.currency)} charged` : ""}</p>
    ${booking.state === "booked" && html`<div class="entry-ways"><${Do} label="They are here" about=${booking.name} run=${seat} kind="primary" />
      <button type="button" class="button" onClick=${() => onask("cancel")}>Cancel<span class="visually-hidden"> ${booking.name}</span></button><button type="button" class="button danger" onClick=${() => onask("no-show")}>Did not come<span class="visually-hidden">: ${booking.name}</span></button></div>`}
  </li>`
}

/** @param {{what: string, booking: Booking, again: () => Promise<void>, onclose: () => void}} props */
function End({ what, booking, again, onclose }) {
  const [charge, setCharge] = useState(what === "no-show" && Boolean(booking.holdId))
  const { wrong, attempt } = useTry()
  const go = async () => {
    const done = await attempt(() => ask("POST", `bookings/${booking.id}/${what}`, { charge }), charge ? "Noted, and charged." : "Noted.")
    await again()
    if (done !== undefined) onclose()
  }
  return html`<${Sheet} title=${what === "cancel" ? `Cancel for ${booking.name}?` : `${booking.name} did not come?`} onclose=${onclose} kind="dialog">
    ${booking.holdId ? html`<label class="check"><input type="checkbox" checked=${charge} onChange=${() => setCharge(!charge)} /><span>Charge ${price(booking.noShowAmount ?? 0, booking.currency)} that is held on the card</span></label>` : html`<p>No card is held for this booking.</p>`}
    <${Wrong} text=${wrong} /><${Do} label=${what === "cancel" ? "Cancel the booking" : "They did not come"} run=${go} kind="danger tall" />
  <//>`
}

/** @param {{date: string, again: () => Promise<void>, onclose: () => void}} props */
function NewBooking({ date, again, onclose }) {
  const [people, setPeople] = useState(2)
  const [name, setName] = useState("")
  const [contact, setContact] = useState("")
  const [at, setAt] = useState("")
  const { busy, wrong, attempt } = useTry()
  const [day, setDay] = useState(date)
  const { found, problem, again: retry } = useAsk(`restaurants/${page.restaurant.id}/booking?date=${day}&people=${people}`, { still: true })
  const go = async (/** @type {Event} */ event) => {
    event.preventDefault()
    const done = await attempt(() => ask("POST", "bookings", { at, people, name: name.trim(), contact: contact.trim() }), "Booked.")
    await again()
    if (done !== undefined) onclose()
  }
  return html`<${Sheet} title="New booking" onclose=${onclose} kind="dialog"><form class="stack" onSubmit=${go}>
    <div class="form-row"><${DateField} label="Day" id="new-day" value=${day} onchange=${setDay} /><div class="field"><span class="label">People</span><${Stepper} label="People" value=${people} min=${1} onchange=${setPeople} /></div></div>
    ${problem?.code === "not_bookable" ? html`<div class="field"><label for="new-time">Time</label><input id="new-time" type="time" step="900" onInput=${(/** @type {any} */ event) => setAt(event.target.value && instant(day, event.target.value))} /><p class="hint">Guests cannot book by themselves: see Rules.</p></div>` : html`<div><p class="label">Time</p><${Answer} asked=${{ found, problem, again: retry }} empty=${found?.times.length === 0 && "No table is free on this day."}><div class="choices" role="group" aria-label="Time">${found?.times.map((/** @type {string} */ one) => html`<button type="button" class="button" key=${one} aria-pressed=${at === one} onClick=${() => setAt(one)}>${time(one)}</button>`)}</div><//></div>`}
    <div class="field"><label for="who">Name</label><input id="who" maxlength="80" autocomplete="off" value=${name} onInput=${(/** @type {any} */ event) => setName(event.target.value)} /></div>
    <div class="field"><label for="contact">Telephone or e-mail</label><input id="contact" maxlength="120" autocomplete="off" value=${contact} onInput=${(/** @type {any} */ event) => setContact(event.target.value)} /></div>
    <${Wrong} text=${wrong} /><button class="button primary tall" disabled=${busy || !at || !name.trim()}>${at ? `Book for ${time(at)}` : "Choose a time"}</button>
  </form><//>`
}

/** @param {{onclose: () => void}} props */
function Rules({ onclose }) {
  const asked = useAsk("booking-policy", { still: true })
  return html`<${Sheet} title="Rules for tabs and bookings" onclose=${onclose} kind="dialog"><${Answer} asked=${asked}>${asked.found && html`<${RulesForm} now=${asked.found} onclose=${onclose} />`}<//><//>`
}

/** @param {{now: import("./types.js").BookingPolicy, onclose: () => void}} props */
function RulesForm({ now, onclose }) {
  const [rules, setRules] = useState(now)
  const [noShow, setNoShow] = useState(coins.plain(now.noShowAmount))
  const [estimate, setEstimate] = useState(coins.plain(now.tabEstimate))
  const held = amountOf(coins, noShow)
  const tab = amountOf(coins, estimate)
  const { wrong, attempt } = useTry()
  const save = async () => {
    const done = await attempt(() => ask("PUT", "booking-policy", { ...rules, noShowAmount: held, tabEstimate: tab }), "The rules are set.")
    if (done !== undefined) onclose()
  }
  const step = (/** @type {"cancelHours" | "bookingMinutes" | "daysAhead" | "peopleMax"} */ name, /** @type {string} */ label, by = 1, max = 99) =>
    html`<div class="row"><span class="grow">${label}</span><${Stepper} label=${label} value=${rules[name] / by} text=${String(rules[name])} min=${1} max=${max} onchange=${(/** @type {number} */ value) => setRules({ ...rules, [name]: value * by })} /></div>`
  return html`<div class="stack">
    <label class="check"><input type="checkbox" checked=${rules.bookable} onChange=${() => setRules({ ...rules, bookable: !rules.bookable })} /><span>Guests may book a table</span></label>
    <div class="field"><label for="no-show">Held per person, for who does not come</label><input id="no-show" inputmode="decimal" value=${noShow} aria-invalid=${held === null} onInput=${(/** @type {any} */ event) => setNoShow(event.target.value)} /><p class="hint">0: nothing is held.</p></div>
    ${step("cancelHours", "Free to cancel until, hours before")}${step("bookingMinutes", "Minutes at the table", 15, 40)}${step("daysAhead", "Days ahead")}${step("peopleMax", "People at most")}
    <div class="field"><label for="tab">A tab is held over, at least</label><input id="tab" inputmode="decimal" value=${estimate} aria-invalid=${tab === null} onInput=${(/** @type {any} */ event) => setEstimate(event.target.value)} /></div>
    <${Wrong} text=${wrong} /><${Do} label="Set the rules" run=${save} disabled=${held === null || tab === null} kind="primary tall" /></div>`
}
