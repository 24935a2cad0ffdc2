// What pages do beyond what the server has written: each part looks for its own mark in the page. Without any of it the pages work, and stand still.
import { forms } from './forms.js';

forms();
