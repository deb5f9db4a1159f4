// What every page does: it counts down, stays as the server has it, copies, and reminds.

import { copyOnClick, offerCopying } from "./copying.js";
import { startCountdowns } from "./countdown.js";
import { answerInPlace, sayWhatWasDone } from "./in_place.js";
import { keepLive } from "./live.js";
import { putAwayOnClick, showReminders } from "./reminder.js";
import { openCalendarOnClick, showTwentyFourHours } from "./time_fields.js";
import { forgetWhatWasPosted } from "./typed.js";

function prepare() {
  offerCopying();
  showReminders();
  showTwentyFourHours();
}

forgetWhatWasPosted();
startCountdowns();
copyOnClick();
putAwayOnClick();
answerInPlace();
openCalendarOnClick();
prepare();
sayWhatWasDone();
// Whoever has not signed in has nothing to follow.
if (document.querySelector("[data-live] ~ main") && document.querySelector("header nav")) keepLive(prepare);
