// What every page does: it counts down, stays as the server has it, copies, and reminds.

import { copyOnClick, offerCopying } from "./copying.js";
import { startCountdowns } from "./countdown.js";
import { answerInPlace, sayWhatWasDone } from "./in_place.js";
import { keepLive } from "./live.js";
import { putAwayOnClick, showReminders } from "./reminder.js";
import { forgetWhatWasPosted } from "./typed.js";

function prepare() {
  offerCopying();
  showReminders();
}

// On a phone the list of pages may be wider than the screen.
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
forgetWhatWasPosted();
startCountdowns();
copyOnClick();
putAwayOnClick();
answerInPlace();
prepare();
sayWhatWasDone();
// Whoever has not signed in has nothing to follow.
if (document.querySelector("[data-live] ~ main") && document.querySelector("header nav")) keepLive(prepare);
