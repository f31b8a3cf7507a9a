// @ts-check
// What every section of the house is made of: figures of the restaurant, answers with all their states, questions.
import { html, useEffect, useRef, useState } from "../vendor/ui.js"
import { Money } from "../shared/money.js"
import { Sheet } from "../shared/sheet.js"
import { read, tell } from "../staff/calls.js"
import { Wrong, keyed, useTry } from "../staff/trying.js"
import { sentence } from "../staff/words.js"

/** @typedef {{found: any, problem: any, again: () => Promise<void>}} Asked */

const FRESH_MS = 20_000
const SLOW_MS = 4_000

/** @type {import("./types.js").Page} */
export const page = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("page")).textContent ?? "{}")
export const lang = document.documentElement.lang || "en"
export const manages = page.staff.role === "owner" || page.staff.role === "manager"
export const serves = page.staff.role !== "kitchen"
export const coins = new Money(page.restaurant.currency, lang)
/** "€12.34". @param {number} amount @param {string} [currency] */
export const price = (amount, currency) => (currency && currency !== coins.currency.code ? new Money(currency, lang) : coins).format(amount)

const zone = page.restaurant.timezone ? { timeZone: page.restaurant.timezone } : {}
const moments = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit", ...zone })
const times = new Intl.DateTimeFormat(lang, { hour: "numeric", minute: "2-digit", ...zone })
const dates = new Intl.DateTimeFormat(lang, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" })
/** "21 Nov, 19:04", on the restaurant's clock. @param {string} at */
export const moment = (at) => moments.format(new Date(at))
/** "19:04". @param {string} at */
export const time = (at) => times.format(new Date(at))
/** "Sat 21 Nov" for 2026-11-21. @param {string} date */
export const dayName = (date) => dates.format(new Date(`${date}T00:00:00Z`))
/** "2026-11-21": today on the restaurant's clock, so many days on. @param {number} [days] */
export const dateOf = (days = 0) => new Intl.DateTimeFormat("sv-SE", zone).format(new Date(Date.parse(page.now) + days * 86_400_000))
const stamps = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", ...zone })
/** The moment at which the restaurant's clock shows `clock` on `date`; across a change of clocks it takes a second look. @param {string} date @param {string} clock "19:30" */
export function instant(date, clock) {
  const wanted = Date.parse(`${date}T${clock}:00Z`)
  let at = wanted
  for (let looks = 0; looks < 2; looks += 1) at += wanted - Date.parse(`${stamps.format(at).replace(" ", "T")}:00Z`)
  return new Date(at).toISOString()
}
/** "6 h 30". @param {number} minutes */
export const hours = (minutes) => `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${String(minutes % 60).padStart(2, "0")}` : ""}`

/**
 * What the server has at `path`, asked again every few seconds while somebody looks, unless it holds still.
 * @param {string} path @param {{still?: boolean}} [options]
 * @returns {Asked}
 */
export function useAsk(path, { still = false } = {}) {
  const [state, setState] = useState(/** @type {{path: string, found: any, problem: any}} */ ({ path, found: null, problem: null }))
  const turn = useRef(0)
  const again = async () => {
    turn.current += 1
    const mine = turn.current
    const next = await read(path).then((found) => ({ found, problem: null }), (problem) => ({ found: null, problem }))
    // An answer to an older question, or a refresh that failed, changes nothing that stands here.
    if (mine === turn.current) setState((old) => (next.found || old.path !== path ? { path, ...next } : { ...old, problem: next.problem }))
  }
  useEffect(() => {
    again()
    if (still) return undefined
    const timer = setInterval(() => document.visibilityState === "visible" && again(), FRESH_MS)
    return () => clearInterval(timer)
  }, [path])
  return state.path === path ? { ...state, again } : { found: null, problem: null, again }
}

/**
 * A list that goes on by a cursor: its first page stays fresh until somebody asks for more.
 * @param {string} path @param {string} member @param {string} [cursor] the parameter that goes on
 */
export function useList(path, member, cursor = "cursor") {
  const asked = useAsk(path)
  const [more, setMore] = useState(/** @type {{path: string, rows: any[], next?: string} | null} */ (null))
  const tail = more?.path === path ? more : null
  const next = tail ? tail.next : asked.found?.next
  const goOn = async () => {
    const answer = await tell(read(`${path}${path.includes("?") ? "&" : "?"}${cursor}=${encodeURIComponent(next)}`))
    if (answer) setMore({ path, rows: [...(tail?.rows ?? []), ...answer[member]], next: answer.next })
  }
  return { asked, rows: /** @type {any[]} */ ([...(asked.found?.[member] ?? []), ...(tail?.rows ?? [])]), next, goOn }
}

/**
 * An answer in each of its states: on its way, slow, failed, stale, empty, here.
 * @param {{asked: Asked, empty?: string | false, children?: any}} props
 */
export function Answer({ asked: { found, problem, again }, empty, children }) {
  if (!found && problem) return html`<div class="card state" role="alert"><p>${sentence(problem)}</p><${Do} label="Try again" run=${again} /></div>`
  if (!found) return html`<${Loading} />`
  return html`${problem && html`<div class="banner" role="status">These figures could not be refreshed. <${Do} label="Try again" run=${again} /></div>`}
    ${empty ? html`<p class="empty card">${empty}</p>` : children}`
}

function Loading() {
  const [slow, setSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS)
    return () => clearTimeout(timer)
  }, [])
  return html`<p class="empty" role="status">${slow ? "Still loading. This takes longer than usual…" : "Loading…"}</p>`
}

/** A button that works once at a time. @param {{label: any, run: () => any, kind?: string, disabled?: boolean, about?: string}} props */
export function Do({ label, run, kind = "", disabled = false, about }) {
  const [busy, setBusy] = useState(false)
  const alive = useRef(true)
  useEffect(() => () => void (alive.current = false), [])
  const go = async () => {
    setBusy(true)
    await run()
    if (alive.current) setBusy(false)
  }
  return html`<button type="button" class=${`button ${kind}`} disabled=${disabled || busy} aria-busy=${busy ? "true" : null} onClick=${go}>${label}${about && html`<span class="visually-hidden"> ${about}</span>`}</button>`
}

/**
 * Something that moves money, from a button of the page. Undefined where it did not work, which the one calm line says.
 * @param {string} intent @param {string} path @param {any} body @param {string} [done]
 */
export const move = (intent, path, body, done) => tell(keyed(intent, path, body), done)

/** @param {{title: string, lead?: string, tools?: any, children?: any}} props */
export function Section({ title, lead, tools, children }) {
  return html`<section class="house-section" aria-labelledby="section-title">
    <header class="house-head"><div><h2 id="section-title" tabindex="-1">${title}</h2>${lead && html`<p class="soft">${lead}</p>`}</div>
      ${tools && html`<div class="house-tools">${tools}</div>`}</header>
    ${children}
  </section>`
}

/** One of a few lists, as a row of buttons. @param {{label: string, value: string, options: [string, string][], onchange: (value: string) => void}} props */
export const Filter = ({ label, value, options, onchange }) =>
  html`<div class="choices" role="group" aria-label=${label}>${options.map(([key, name]) => html`<button type="button" class="button" key=${key} aria-pressed=${value === key} onClick=${() => onchange(key)}>${name}</button>`)}</div>`

/** Large figures with their names. @param {{of: ([string, any] | [string, any, string] | null | false)[]}} props */
export const Figures = ({ of }) =>
  html`<dl class="figures">${of.map((one) => one && html`<div class="card" key=${one[0]}><dt>${one[0]}</dt><dd class="amount">${one[1]}</dd>${one[2] && html`<dd class="soft small">${one[2]}</dd>`}</div>`)}</dl>`

/** @param {{next?: string, goOn: () => Promise<void>}} props */
export const More = ({ next, goOn }) => (next ? html`<${Do} label="Show more" run=${goOn} kind="wide" />` : null)

/** A day, or two of them. @param {{label: string, id: string, value: string, max?: string, onchange: (date: string) => void}} props */
export const DateField = ({ label, id, value, max, onchange }) =>
  html`<div class="field date"><label for=${id}>${label}</label><input id=${id} type="date" value=${value} max=${max} onChange=${(/** @type {any} */ event) => event.target.value && onchange(event.target.value)} /></div>`

/**
 * A question with a reason and one button that says what it does.
 * @param {{title: string, text?: any, label?: string, button: string, danger?: boolean, run: (reason: string) => Promise<any>, done: string, onclose: () => void}} props
 */
export function Question({ title, text, label = "Reason", button, danger = false, run, done, onclose }) {
  const [reason, setReason] = useState("")
  const { busy, wrong, attempt } = useTry()
  const go = async (/** @type {Event} */ event) => {
    event.preventDefault()
    if ((await attempt(() => run(reason.trim()), done)) !== undefined) onclose()
  }
  return html`<${Sheet} title=${title} onclose=${onclose} kind="dialog">
    <form class="stack" onSubmit=${go}>
      ${text && html`<p>${text}</p>`}
      <div class="field"><label for="reason">${label}</label><input id="reason" maxlength="200" autocomplete="off" value=${reason} onInput=${(/** @type {any} */ event) => setReason(event.target.value)} /></div>
      <${Wrong} text=${wrong} />
      <button type="submit" class=${`button tall ${danger ? "danger" : "primary"}`} disabled=${busy || !reason.trim()}>${button}</button>
    </form>
  <//>`
}

/** Rows as a file that a spreadsheet reads; the browser keeps it where it keeps such things. @param {string} name @param {(string | number)[][]} rows */
export function saveTable(name, rows) {
  // A cell that begins like a formula is text: a name typed by a guest must not run in a spreadsheet.
  const cell = (/** @type {string | number} */ value) => (typeof value === "number" ? String(value) : `"${value.replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`)
  const text = `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000)
}
