// @ts-check
// Book a table: when, how many, who; a card that is only asked to hold; and the booking afterwards.
import { html, render, useEffect, useRef, useState } from "../vendor/ui.js"
import { get, post, Problem } from "../shared/api.js"
import { Stepper } from "../shared/controls.js"
import { Money } from "../shared/money.js"
import { mount, resume } from "../shared/pay.js"
import { fill, w } from "./words.js"

/** @typedef {{restaurant: {id: string, name: string}, currency: string, timezone: string, now: string, pay: {js?: string, publishableKey: string}}} Page */
/** @typedef {{noShowAmount: number, cancelHours: number, daysAhead: number, peopleMax: number, times: string[]}} Offer */
/** @typedef {{id: string, tableSessionId: string, state: string, at: string, people: number, name: string, noShowAmount: number, cancelBefore: string, charged?: number, holdStatus?: string, hold?: import("../shared/types.js").HoldState}} Booking */

/** @type {Page} */
const page = JSON.parse(document.getElementById("page")?.textContent ?? "{}")
const lang = document.documentElement.lang || "en"
const coins = new Money(page.currency, lang)
const zone = { timeZone: page.timezone }
const moments = new Intl.DateTimeFormat(lang, { weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit", ...zone })
const times = new Intl.DateTimeFormat(lang, { hour: "numeric", minute: "2-digit", ...zone })
const dates = new Intl.DateTimeFormat("sv-SE", zone)
const KEPT = `splittable.booking.${page.restaurant.id}`
const CHECK_MS = 2_000

/** @param {string} at */
const moment = (at) => moments.format(new Date(at))
/** The restaurant's date, so many days from now. @param {number} days */
const dateOf = (days) => dates.format(new Date(Date.parse(page.now) + days * 86_400_000))
/** What went wrong; the server's sentence where it has one. @param {any} problem */
const sentence = (problem) => (problem.code === "offline" ? w.offline : problem.code === "not_bookable" ? w.notBookable : problem.message || w.offline)

/** Which visit was booked on this phone; its seat lies in a cookie. */
function kept() {
  try {
    return localStorage.getItem(KEPT)
  } catch {
    return null
  }
}

/** @param {string | null} session */
function keep(session) {
  try {
    if (session) localStorage.setItem(KEPT, session)
    else localStorage.removeItem(KEPT)
  } catch {
    // Without storage the booking is on this page until it is left.
  }
}

function App() {
  const [booking, setBooking] = useState(/** @type {Booking | null} */ (null))
  const [ready, setReady] = useState(!kept())
  const session = booking?.tableSessionId ?? kept()
  const look = () => session ? get(`bookings/mine?tableSession=${session}`).then((found) => setBooking((old) => ({ ...old, ...found })), (problem) => problem.code !== "offline" && !booking && keep(null)).finally(() => setReady(true)) : undefined
  useEffect(() => void look(), [])
  const again = () => {
    keep(null)
    setBooking(null)
  }
  const taken = (/** @type {Booking} */ made) => {
    keep(made.tableSessionId)
    setBooking(made)
  }
  const part = !ready ? html`<p class="empty" role="status">${w.looking}</p>` : !booking ? html`<${Choose} ontaken=${taken} />` : booking.state === "booked" && booking.hold && booking.hold.status === "placed" && booking.holdStatus !== "authorized" ? html`<${Card} booking=${booking} look=${look} />` : html`<${Booked} booking=${booking} look=${look} again=${again} />`
  return html`<main class="paper card"><header><h1>${w.title}</h1><p class="soft">${page.restaurant.name}</p></header>${part}</main>`
}

/** @param {{ontaken: (booking: Booking) => void}} props */
function Choose({ ontaken }) {
  const [people, setPeople] = useState(2)
  const [date, setDate] = useState(dateOf(0))
  const [at, setAt] = useState("")
  const [offer, setOffer] = useState(/** @type {Offer | null} */ (null))
  const [wrong, setWrong] = useState("")
  const [busy, setBusy] = useState(false)
  const [name, setName] = useState("")
  const [contact, setContact] = useState("")
  const key = useRef(crypto.getRandomValues(new Uint32Array(4)).join("-"))
  const turn = useRef(0)
  const look = () => {
    turn.current += 1
    const mine = turn.current
    setOffer(null)
    setWrong("")
    get(`restaurants/${page.restaurant.id}/booking?date=${date}&people=${people}`).then((found) => mine === turn.current && setOffer(found), (problem) => mine === turn.current && setWrong(sentence(problem)))
  }
  useEffect(look, [date, people])
  const go = async (/** @type {Event} */ event) => {
    event.preventDefault()
    setBusy(true)
    setWrong("")
    try {
      ontaken(await post(`restaurants/${page.restaurant.id}/bookings`, { at, people, name: name.trim(), contact: contact.trim(), key: key.current }, { timeout: 20_000 }))
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      setWrong(sentence(problem))
      // A refused wish is over; one without an answer is sent again under its key.
      if (problem.code !== "offline") key.current = crypto.getRandomValues(new Uint32Array(4)).join("-")
      if (problem.code === "fully_booked") look()
      setBusy(false)
    }
  }
  const field = (/** @type {string} */ id, /** @type {string} */ label, /** @type {string} */ value, /** @type {(value: string) => void} */ set, /** @type {string} */ complete) =>
    html`<div class="field"><label for=${id}>${label}</label><input id=${id} maxlength="120" required autocomplete=${complete} value=${value} onInput=${(/** @type {any} */ event) => set(event.target.value)} /></div>`
  return html`<form class="stack" onSubmit=${go}>
    <div class="row"><span class="grow">${w.people}</span><${Stepper} label=${w.people} value=${people} min=${1} max=${offer?.peopleMax ?? 20} onchange=${setPeople} /></div>
    <div class="field"><label for="day">${w.day}</label><input id="day" type="date" min=${dateOf(0)} max=${dateOf(offer?.daysAhead ?? 60)} value=${date} onChange=${(/** @type {any} */ event) => event.target.value && (setDate(event.target.value), setAt(""))} /></div>
    <fieldset class="times"><legend>${w.time}</legend>
      ${!offer && !wrong && html`<p class="soft" role="status">${w.looking}</p>`}
      ${offer?.times.length === 0 && html`<p role="status">${w.noTimes}</p>`}
      <div class="choices">${offer?.times.map((one) => html`<button type="button" class="button" key=${one} aria-pressed=${at === one} onClick=${() => setAt(one)}>${times.format(new Date(one))}</button>`)}</div></fieldset>
    ${field("name", w.name, name, setName, "name")}${field("contact", w.contact, contact, setContact, "tel")}<p class="soft small">${w.contactHint}</p>
    ${offer && html`<p>${offer.noShowAmount ? fill(w.holdTerms, coins.format(offer.noShowAmount * people), offer.cancelHours) : w.freeTerms}</p>`}
    ${wrong && html`<p class="error" role="alert">${wrong}</p>`}
    ${wrong && !offer && html`<button type="button" class="button" onClick=${look}>${w.tryAgain}</button>`}
    <button class="button primary tall wide" disabled=${busy || !offer?.times.includes(at) || !name.trim() || !contact.trim()}>${at ? fill(w.book, times.format(new Date(at))) : w.chooseTime}</button>
  </form>`
}

/** The card is asked to hold; nothing is charged. @param {{booking: Booking, look: () => void}} props */
function Card({ booking, look }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null))
  const form = useRef(/** @type {import("../shared/pay.js").Form | null} */ (null))
  const [stage, setStage] = useState("loading")
  const [said, setSaid] = useState("")
  const secret = booking.hold?.clientSecret ?? ""
  const from = { js: page.pay.js ?? "https://js.stripe.com/endive/stripe.js", publishableKey: booking.hold?.publishableKey ?? page.pay.publishableKey }
  useEffect(() => {
    let gone = false
    if (!place.current) return undefined
    mount(place.current, { ...from, clientSecret: secret, locale: /** @type {any} */ (lang) }).then((made) => {
      if (gone) return made.unmount()
      form.current = made
      setStage("ready")
    }, () => gone || (setSaid(w.formFailed), setStage("failed")))
    return () => {
      gone = true
      form.current?.unmount()
    }
  }, [secret])
  // The bank said yes to the browser; the booking says so when the server has seen it.
  useEffect(() => {
    const timer = stage === "checking" ? setInterval(look, CHECK_MS) : undefined
    return () => clearInterval(timer)
  }, [stage])
  /** @param {() => Promise<import("../shared/pay.js").Result>} ask */
  const run = async (ask) => {
    setStage("asking")
    setSaid("")
    const result = await ask().catch(() => ({ status: "error", message: w.noAnswer, code: "unknown" }))
    if (result.status === "declined" || result.status === "error") setSaid(result.message || w.noAnswer)
    setStage({ requires_action: "bank", succeeded: "checking", processing: "checking" }[result.status] ?? "ready")
    look()
  }
  const sum = coins.format(booking.hold?.amount ?? booking.noShowAmount)
  return html`<section class="stack"><h2>${w.cardTitle}</h2><p>${moment(booking.at)}</p>
    ${said && html`<p class="error" role="alert">${said}</p>`}
    ${stage === "loading" && html`<p class="soft" role="status">${w.loadingForm}</p>`}
    ${stage === "checking" && html`<p role="status">${w.checking}</p>`}
    <div class="card-form" ref=${place} inert=${stage === "asking" || stage === "checking"}></div>
    ${stage === "bank"
      ? html`<button type="button" class="button primary tall wide" onClick=${() => run(() => resume({ ...from, clientSecret: secret }))}>${w.answerBank}</button>`
      : html`<button type="button" class="button primary tall wide" disabled=${stage !== "ready"} onClick=${() => form.current && run(form.current.pay)}>${stage === "asking" ? w.asking : fill(w.hold, sum)}</button>`}</section>`
}

/** @param {{booking: Booking, look: () => void, again: () => void}} props */
function Booked({ booking, look, again }) {
  const [sure, setSure] = useState(false)
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState("")
  const cancel = async () => {
    setBusy(true)
    await post(`bookings/mine/cancel?tableSession=${booking.tableSessionId}`).then(look, (problem) => setWrong(sentence(problem)))
    setBusy(false)
    setSure(false)
  }
  const facts = booking.people === 1 ? fill(w.factsOne, moment(booking.at), booking.name) : fill(w.facts, moment(booking.at), booking.people, booking.name)
  if (booking.state !== "booked") return html`<section class="stack" role="status"><h2>${{ canceled: w.canceled, no_show: w.noShow, seated: w.booked }[booking.state] ?? w.canceled}</h2><p>${facts}</p>
    <p>${booking.charged ? fill(w.charged, coins.format(booking.charged)) : booking.state === "seated" ? w.seated : w.canceledMore}</p><button type="button" class="button wide" onClick=${again}>${w.again}</button></section>`
  const late = booking.noShowAmount > 0 && Date.parse(booking.cancelBefore) < Date.now()
  return html`<section class="stack" role="status"><h2>${w.booked}</h2><p><strong>${facts}</strong></p>
    ${booking.holdStatus === "authorized" && html`<p>${fill(w.held, coins.format(booking.noShowAmount))}</p>`}
    <p class="soft">${late ? fill(w.late, coins.format(booking.noShowAmount)) : fill(w.freeUntil, moment(booking.cancelBefore))}</p>
    ${wrong && html`<p class="error" role="alert">${wrong}</p>`}
    ${sure ? html`<div class="card stack"><p>${w.sure} ${late && fill(w.late, coins.format(booking.noShowAmount))}</p><button type="button" class="button danger" disabled=${busy} onClick=${cancel}>${w.yes}</button><button type="button" class="button" onClick=${() => setSure(false)}>${w.no}</button></div>` : html`<button type="button" class="button wide" onClick=${() => setSure(true)}>${w.cancel}</button>`}</section>`
}

const root = /** @type {HTMLElement} */ (document.getElementById("app"))
root.replaceChildren()
render(html`<${App} />`, root)
