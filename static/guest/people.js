// @ts-check
// People on the page: what they are called and how they look.
import { html } from "../vendor/ui.js"
import { me, mine, present, view } from "./state.js"
import { w } from "./words.js"

/** @typedef {import("./types.js").Line} Line */

/** "you", "Ana". @param {string | undefined} id */
export const nameOf = (id) => (id && id === me.value?.id ? w.you : fullName(id))
/** @param {string | undefined} id */
export const fullName = (id) => (id && view.value?.guests[id]?.name) || w.someone
/** At the start of a sentence. @param {string | undefined} id */
export const NameOf = (id) => (id && id === me.value?.id ? w.You : fullName(id))
/**
 * Others first, me last: "Ana and you".
 * @template {string | undefined} Id
 * @param {Id[]} ids
 */
export const sorted = (ids) => [...ids].sort((a, b) => Number(a === me.value?.id) - Number(b === me.value?.id))

/** "AF" for Amber Fox. @param {string} name */
export const initials = (name) => name.split(/\s+/).filter(Boolean).slice(0, 2).map((word) => [...word][0]).join("").toUpperCase() || "?"

/** Whether somebody's phone is here; who has none is where their companion is. @param {string} id */
export function isHere(id) {
  const guest = view.value?.guests[id]
  const phone = guest?.companionOf ?? id
  return !guest?.left && (present.value.size === 0 || present.value.has(phone) || mine.value.includes(phone))
}

/** Who takes part: everybody who has not left, and who left with money on the bill. */
export const party = () => Object.entries(view.value?.guests ?? {}).filter(([, guest]) => !guest.left || guest.settled || guest.reserved || guest.due)

/** @param {{id: string, small?: boolean}} props */
export function Avatar({ id, small = false }) {
  const guest = view.value?.guests[id] ?? (id === me.value?.id ? me.value : undefined)
  return html`<span class=${`avatar${small ? " small" : ""}${small || isHere(id) ? "" : " away"}`} data-color=${guest?.color} aria-hidden="true">${initials(guest?.name ?? "")}</span>`
}

/** Who paid, or is paying, for a line. @param {string} line @param {(payment: import("./types.js").Payment) => boolean} which */
export const payersOf = (line, which) => [
  ...new Set(Object.values(view.value?.payments ?? {}).filter((payment) => payment.allocations[line] && which(payment)).map((payment) => payment.guest)),
]
