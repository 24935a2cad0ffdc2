// What pages do beyond what the server has written: each part looks for its own marks in the page. Without any of it the pages work, and stand still.
import { arrive, follow } from './live.js';
import { countdowns } from './clock.js';
import { forms } from './forms.js';
import { places } from './places.js';

forms();
countdowns();
places();
follow();
arrive();
