-- What Toss has captured because we confirmed it is ours to give back, whatever the clocks say. Of older orders the clocks alone tell.
ALTER TABLE toss_orders ADD confirmed boolean NOT NULL DEFAULT false;
