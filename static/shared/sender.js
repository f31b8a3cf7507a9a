// @ts-check
// Who numbers the commands of this tab. A reload keeps the number and what was on its way; a duplicated tab must not.

const KEY = "splittable.sender"

/** @typedef {{id: number, k: string, d: any, r: string}} Waiting */

/**
 * The record lies in the tab's storage only while nobody uses it: a duplicated tab copies the storage of a page that
 * is alive, finds nothing there, and becomes a sender of its own.
 */
export class Sender {
  /** @param {Storage} [storage] */
  constructor(storage = sessionStorage) {
    this.storage = storage
    const kept = this.#take()
    this.cid = kept?.cid ?? newCid()
    this.last = kept?.last ?? 0
    /** @type {Waiting[]} commands of our former life that nobody has confirmed */
    this.waiting = kept?.waiting ?? []
  }

  /** The number of the next command. */
  next() {
    this.last += 1
    return this.last
  }

  /** Somebody else uses this name: take another one. */
  renew() {
    this.cid = newCid()
  }

  /** The page goes away, perhaps for good: leave word for whoever comes after. @param {Waiting[]} waiting */
  keep(waiting) {
    try {
      this.storage.setItem(KEY, JSON.stringify({ cid: this.cid, last: this.last, waiting }))
    } catch {
      // A full or forbidden storage costs us the resending after a reload, nothing else.
    }
  }

  /** The page is back: the record is ours again. */
  reclaim() {
    this.#take()
  }

  /** @returns {{cid: string, last: number, waiting: Waiting[]} | null} */
  #take() {
    try {
      const text = this.storage.getItem(KEY)
      this.storage.removeItem(KEY)
      return text ? JSON.parse(text) : null
    } catch {
      return null
    }
  }
}

/** A name for this tab that nobody else has. */
export function newCid() {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return "c_" + Array.from(bytes, (byte) => byte.toString(36).padStart(2, "0")).join("")
}
