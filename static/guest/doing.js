// @ts-check
// The door from the drawn page to the live table, which is loaded after the first paint.
import { offerUndo, say } from "../shared/message.js"

export const table = () => import("./table.js")

/**
 * Give a command and show it at once. A refusal rolls it back and says why.
 * @param {string} k @param {any} d @param {((view: any) => any) | null} [patch]
 * @param {{text: string, undo: () => void} | null} [undoable] what to say, and how to take it back
 * @returns {Promise<boolean>} whether it was done
 */
export async function command(k, d, patch = null, undoable = null) {
  const { tell } = await table()
  if (undoable) offerUndo(undoable.text, undoable.undo)
  return tell(k, d, patch).then(() => true, async (/** @type {any} */ refused) => {
    const { trouble } = await import("./words-more.js")
    say({ text: trouble(refused), kind: "bad" })
    return false
  })
}
