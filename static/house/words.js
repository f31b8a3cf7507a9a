// @ts-check
// Words of the house that several sections share.

/** @type {Record<string, {kind: string, text: string}>} */
export const REFUND = {
  asked: { kind: "held", text: "To approve" },
  planned: { kind: "held", text: "Being sent" },
  pending: { kind: "held", text: "On its way" },
  succeeded: { kind: "good", text: "Refunded" },
  failed: { kind: "bad", text: "Failed: still owed to the guest" },
  declined: { kind: "", text: "Declined" },
  withdrawn: { kind: "", text: "Taken back" },
}

/** @type {Record<string, string>} */
export const CAUSE = {
  staff: "Asked by staff",
  credit: "Credit of a guest, by itself",
  surplus: "Paid too much, by itself",
  provider: "Made at the payment provider",
  dispute: "After a dispute",
}

/** @type {Record<string, {kind: string, text: string}>} */
export const DISPUTE = {
  open: { kind: "bad", text: "Open" },
  won: { kind: "good", text: "Won" },
  lost: { kind: "bad", text: "Lost" },
  withdrawn: { kind: "good", text: "Taken back by the payer" },
  unknown: { kind: "held", text: "Unknown" },
}

/** Why a card holder's bank asks for the money back. @type {Record<string, string>} */
export const DISPUTE_REASON = {
  fraudulent: "The card holder says: that was not me",
  duplicate: "The card holder says: charged twice",
  credit_not_processed: "The card holder waits for a refund",
  product_not_received: "The card holder says: not received",
  product_unacceptable: "The card holder was not content",
  unrecognized: "The card holder does not recognize the charge",
  general: "No reason given",
}

/** @type {Record<string, string>} */
export const ROLE = { owner: "Owner", manager: "Manager", waiter: "Waiter", kitchen: "Kitchen" }

/** @type {Record<string, {kind: string, text: string}>} */
export const PAYOUT = {
  paid: { kind: "good", text: "Paid out" },
  pending: { kind: "held", text: "Planned" },
  in_transit: { kind: "held", text: "On its way" },
  canceled: { kind: "", text: "Cancelled" },
  failed: { kind: "bad", text: "Failed" },
}

/** @type {Record<string, {kind: string, text: string}>} */
export const BOOKING = {
  booked: { kind: "accent", text: "Booked" },
  seated: { kind: "good", text: "Here" },
  canceled: { kind: "", text: "Cancelled" },
  no_show: { kind: "bad", text: "Did not come" },
}

/** "table_declines" as words. @param {string} word */
export const spoken = (word) => word.replaceAll(/[_.]/g, " ")
