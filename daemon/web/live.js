/* SPDX-License-Identifier: Apache-2.0 */
/* Every 30 seconds: fetch this page again and change what is marked data-live
 * in place. What has the focus in it is left alone until it has not. Without
 * this script the page is the same, and is loaded again by hand. */
"use strict";
(function () {
  var period = 30000;
  var busy = false;

  function change(fresh) {
    document.querySelectorAll("[data-live]").forEach(function (part) {
      var other = fresh.getElementById(part.id);
      if (other === null || other.innerHTML === part.innerHTML ||
          part.contains(document.activeElement)) {
        return;
      }
      part.replaceChildren.apply(part, Array.from(other.childNodes));
    });
    document.querySelectorAll("[data-live-class]").forEach(function (part) {
      var other = fresh.getElementById(part.id);
      if (other !== null && other.className !== part.className) {
        part.className = other.className;
      }
    });
    document.title = fresh.title;
  }

  function old(is_old) {
    var note = document.getElementById("old");
    if (note !== null && note.hidden === is_old) {
      note.hidden = !is_old;
    }
  }

  function look() {
    if (busy || document.hidden) {
      return;
    }
    busy = true;
    var stop = new AbortController();
    var timer = setTimeout(function () { stop.abort(); }, 20000);
    fetch(location.href, {cache: "no-store", signal: stop.signal})
      .then(function (answer) {
        if (!answer.ok) {
          throw new Error(String(answer.status));
        }
        return answer.text();
      })
      .then(function (text) {
        change(new DOMParser().parseFromString(text, "text/html"));
        old(false);
      })
      .catch(function () { old(true); })
      .finally(function () {
        clearTimeout(timer);
        busy = false;
      });
  }

  setInterval(look, period);
  document.addEventListener("visibilitychange", look);
}());
