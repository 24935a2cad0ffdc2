-- Where a race is moved to: by the time that the last hears of it, it may have been moved again. Replicas from before do not know such an announcement: they are stopped first.
ALTER TABLE announcements
  ADD date  date,
  ADD place text;
