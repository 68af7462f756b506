/**
 * Runs in the page that is looked at: what a reader sees of its texts. Handed to the browser as text.
 *
 * @module
 */

/** Every text node in order, with whether it is prose: no script, no code, nothing that is to stay as it is. */
function textNodes(but) {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode() !== null) {
    const node = walker.currentNode;
    found.push({ node, isProse: node.parentElement !== null && node.parentElement.closest(but) === null });
  }
  return found;
}

const VERBATIM = "script, style, svg, code, time, [data-verbatim]";

/** Returns the prose of the page, text by text; "" where something else stands. */
function prose(more = "") {
  return textNodes(VERBATIM + more).map(({ node, isProse }) => isProse ? node.nodeValue : "");
}

/** Puts other texts in the place of those that `prose()` gave; null leaves one as it is. */
function speak(texts) {
  textNodes(VERBATIM).forEach(({ node }, i) => {
    if (texts[i] !== null && texts[i] !== undefined) node.nodeValue = texts[i];
  });
}

function scrolls(element) {
  for (let at = element; at !== null && at !== document.documentElement; at = at.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(at).overflowX)) return true;
  }
  return false;
}

/** Whether a box around `element` cuts off what lies in `text`. */
function isCut(element, text) {
  for (let at = element; at !== null; at = at.parentElement) {
    const style = getComputedStyle(at);
    const box = at.getBoundingClientRect();
    // A box of one pixel is read out and not meant to be seen.
    if (box.width <= 1 && box.height <= 1) return false;
    const isClip = (overflow) => /hidden|clip/.test(overflow);
    if (isClip(style.overflowX) && (text.right > box.right + 1 || text.left < box.left - 1)) return true;
    if (isClip(style.overflowY) && text.bottom > box.bottom + 1) return true;
  }
  return false;
}

/** Returns the texts that a reader does not see whole: cut off, or beside the window without a bar to scroll by. */
function hiddenTexts() {
  const hidden = [];
  for (const { node } of textNodes("script, style")) {
    if (node.nodeValue.trim() === "") continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) continue;
    const parent = node.parentElement;
    const isBeside = box.right > document.documentElement.clientWidth + 1 && !scrolls(parent);
    if (isBeside && box.width > 1 || isCut(parent, box)) hidden.push(node.nodeValue.trim().slice(0, 80));
  }
  return hidden;
}

/** What the look at a page is made of. */
({ prose, speak, hiddenTexts });
