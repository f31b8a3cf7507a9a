// @ts-check
import { html } from "../vendor/ui.js"
import { since } from "./clock.js"
import { ATTENTION, MONEY, REQUEST, SERVICE, counted, span } from "./words.js"

/** @typedef {import("../shared/money.js").Money} Money */
/** @typedef {{kind: string, by?: string, at: string, claimedBy?: string}} Request */
/** @typedef {{id: string, version: number, status: string, openedAt?: string, lastAt?: string, covers: number, phones: number, total: number, settled: number, reserved: number, unpaid: number, paying: number, requests: Record<string, Request>, attention: string[], cashSince?: string}} Session */
/** @typedef {{label: string, area: string, seats: number, position?: number, service: string, money: string, session?: Session}} Tile */

const IDLE_MS = 10 * 60_000
const LONG_MS = 90 * 60_000

/** @type {Record<string, string>} one stroke each, on a 24 px grid */
const ICONS = {
  free: "M5 12h14",
  seated: "M7 4v9h10V4M7 13v7M17 13v7",
  ordering: "M5 19l1-4L16 5l3 3L9 18z",
  cooking: "M4 10h16v6a4 4 0 0 1-4 4H8a4 4 0 0 1-4-4zM9 6V3M15 6V3",
  served: "M4 12l5 5L20 6",
  to_clean: "M14 3l-3 9M8 12h7l2 9H5z",
}

/** @param {{name: string}} props */
export const Icon = ({ name }) => html`<svg viewBox="0 0 24 24" aria-hidden="true"><path d=${ICONS[name] ?? ICONS.free} /></svg>`

/** How soon somebody should walk over: 0 is now. @param {Tile} tile */
export function rank({ money, service, session }) {
  if (!session) return service === "to_clean" ? 6 : 9
  const { attention, requests } = session
  if (attention.some((reason) => reason !== "called" && reason !== "cash")) return 0
  if (attention.includes("cash")) return 1
  if (Object.values(requests).some((request) => request.kind !== "bill")) return 2
  if (Object.values(requests).length) return 3
  if (money === "part_paid" && since(session.lastAt) > IDLE_MS) return 4
  return since(session.openedAt) > LONG_MS ? 5 : 7
}

/** How long the oldest open call of a table waits, or its cash. @param {Tile} tile */
const waiting = ({ session }) => Math.max(since(session?.cashSince), ...Object.values(session?.requests ?? {}).map((request) => since(request.at)))

/**
 * Tables by attention, and within it by who waits longest; a quiet floor keeps the order of the room.
 * @param {Record<string, Tile>} tables
 * @returns {[string, Tile][]}
 */
export const byAttention = (tables) =>
  Object.entries(tables).sort(([, one], [, other]) =>
    rank(one) - rank(other) || waiting(other) - waiting(one) || (one.position ?? 0) - (other.position ?? 0) || one.label.localeCompare(other.label, undefined, { numeric: true }))

/** @param {Tile} tile @param {Money} coins */
function moneyWords({ money, session }, coins) {
  if (!session) return null
  if (money === "attention") return { kind: "bad", text: attentionWords(session)[0] ?? MONEY.attention }
  if (money === "paying") return { kind: "held", text: `Paying ${session.paying} of ${Math.max(session.covers, session.paying)}` }
  if (money === "part_paid") return { kind: "accent", text: `${coins.format(session.unpaid)} left` }
  if (money === "paid") return { kind: "good", text: MONEY.paid }
  return money === "bill_asked" ? { kind: "held", text: [MONEY.bill_asked, ...billAskedSince(session)].join(" · ") } : null
}

/** @param {Session} session */
const attentionWords = (session) =>
  session.attention.filter((reason) => reason !== "called").map((reason) => (reason === "cash" ? cashWords(session) : ATTENTION[reason] ?? reason))

/** Cash to collect, and for how long it has been waiting. @param {Session} session */
const cashWords = ({ cashSince }) => [ATTENTION.cash, ...(cashSince ? [span(since(cashSince))] : [])].join(" · ")

/** @param {Session} session */
const billAskedSince = (session) => byAge(session).filter((request) => request.kind === "bill").slice(0, 1).map((request) => span(since(request.at)))

/** @param {Session} session */
const byAge = (session) => Object.values(session.requests).sort((one, other) => one.at.localeCompare(other.at))

/** Open calls in words, the oldest first. @param {Session} session */
const callWords = (session) =>
  byAge(session).map((request) => `${REQUEST[request.kind] ?? request.kind} · ${span(since(request.at))}${request.claimedBy ? " · on the way" : ""}`)

/** Why somebody should walk over, in words. @param {Tile} tile @param {Money} coins */
export function needs({ service, money, session }, coins) {
  if (!session) return service === "to_clean" ? [SERVICE.to_clean] : []
  const idle = money === "part_paid" && since(session.lastAt) > IDLE_MS ? [`${coins.format(session.unpaid)} left, quiet for ${span(since(session.lastAt))}`] : []
  return [...attentionWords(session), ...callWords(session), ...idle]
}

/** How much of the bill is paid or being paid, as a ring; the words beside it say the same. @param {{session: Session}} props */
function Ring({ session: { total, settled, reserved } }) {
  const paid = Math.min(100, Math.round((settled * 100) / total))
  const held = Math.min(100 - paid, Math.round((reserved * 100) / total))
  return html`<svg class="ring" viewBox="0 0 36 36" aria-hidden="true">
    <circle cx="18" cy="18" r="15" />
    <circle class="held" cx="18" cy="18" r="15" pathLength="100" stroke-dasharray=${`${paid + held} 100`} transform="rotate(-90 18 18)" />
    <circle class="paid" cx="18" cy="18" r="15" pathLength="100" stroke-dasharray=${`${paid} 100`} transform="rotate(-90 18 18)" />
  </svg>`
}

/**
 * One table: service as fill and icon, money as a chip; the two never mix.
 * @param {{id: string, tile: Tile, coins: Money, chosen: boolean, mine: boolean, onopen: (id: string) => void}} props
 */
export function TileButton({ id, tile, coins, chosen, mine, onopen }) {
  const { session } = tile
  const chip = moneyWords(tile, coins)
  const calls = session ? callWords(session).filter((words) => !(tile.money === "bill_asked" && words.startsWith(REQUEST.bill ?? ""))) : []
  const cash = session?.attention.includes("cash") ? [cashWords(session)].filter((words) => words !== chip?.text) : []
  const hasMoved = session && session.total > 0 && session.settled + session.reserved > 0
  return html`<button type="button" class="tile" data-service=${tile.service} data-urgent=${rank(tile) <= 3 ? "yes" : null} aria-pressed=${chosen} onClick=${() => onopen(id)}>
    <span class="tile-head">
      <strong class="tile-label"><span class="visually-hidden">Table </span>${tile.label}</strong>
      ${mine && html`<span class="tile-mine" title="My table">★<span class="visually-hidden"> my table</span></span>`}
      <span class="tile-area ellipsis">${tile.area}</span>
      ${hasMoved && html`<${Ring} session=${session} />`}
    </span>
    <span class="tile-service"><${Icon} name=${tile.service} /> ${SERVICE[tile.service] ?? tile.service}${session ? ` · ${span(since(session.openedAt))}` : ""}</span>
    ${session
      ? html`<span class="tile-sum"><span class="amount">${coins.format(session.total)}</span><span class="tile-people">${counted(session.covers, "person", "people")}</span></span>`
      : html`<span class="tile-sum"><span class="tile-people">${counted(tile.seats, "seat", "seats")}</span></span>`}
    ${chip && html`<span class="chip" data-kind=${chip.kind}>${chip.text}</span>`}
    ${[...cash, ...calls].map((words) => html`<span class="tile-call" key=${words}>${words}</span>`)}
  </button>`
}
