-- The reference model of the checker (docs/reference-model.md) for Rumur, in the language of Murphi, written from that document alone.
-- The constants are set by whoever runs it: adapters, domains, mdevs, how many may be absent, and the rule, which is a word of Murphi.
-- V11 of the document is VARIANT >= 3. There are no control domains and no reserved queues.
const
  N: 2;
  M: 2;
  G: 2;
  ABSENT: 1;
  VARIANT: 0;

type
  Adapter: 0 .. N - 1;
  Domain: 0 .. M - 1;
  Mdev: 0 .. G - 1;
  Adapters: array [Adapter] of boolean;
  Domains: array [Domain] of boolean;
  Queues: array [Adapter] of Domains;
  -- Nothing, an adapter that was added (1 + a), or a domain (1 + N + d).
  Change: 0 .. N + M;

var
  present, bound, cut: Queues;
  qA: Adapters;
  qQ: Domains;
  mA, sA: array [Mdev] of Adapters;
  mQ, sQ: array [Mdev] of Domains;
  used: array [Mdev] of Queues;
  running, pending: array [Mdev] of boolean;
  scanning: boolean;
  change: Change;

function plugged(g: Mdev; a: Adapter; d: Domain): boolean;
begin
  return sA[g][a] & sQ[g][d];
end;

function linked(a: Adapter; d: Domain): boolean;
begin
  return bound[a][d] & !cut[a][d];
end;

procedure reset(a: Adapter; d: Domain);
begin
  for g: Mdev do used[g][a][d] := false; end;
end;

procedure normalise(g: Mdev);
begin
  if (forall a: Adapter do !sA[g][a] end) | (forall d: Domain do !sQ[g][d] end) then
    for a: Adapter do sA[g][a] := false; end;
    for d: Domain do sQ[g][d] := false; end;
  end;
end;

procedure refilter_mainline(g: Mdev);
var
  keeps: Adapters;
  domains: Domains;
begin
  for d: Domain do domains[d] := mQ[g][d] & qQ[d]; end;
  for a: Adapter do
    keeps[a] := mA[g][a] & qA[a] & forall d: Domain do domains[d] -> bound[a][d] end;
    if VARIANT <= 1 & sA[g][a] & mA[g][a] & qA[a] & !keeps[a] then
      for d: Domain do
        if domains[d] & bound[a][d] then reset(a, d); end;
      end;
    end;
  end;
  for a: Adapter do sA[g][a] := keeps[a]; end;
  for d: Domain do sQ[g][d] := domains[d]; end;
end;

procedure refilter_v11(g: Mdev; by_adapter: boolean);
var
  adapters: Adapters;
  domains: Domains;
begin
  for a: Adapter do
    adapters[a] := mA[g][a] & qA[a] &
      (by_adapter -> forall d: Domain do (mQ[g][d] & qQ[d]) -> linked(a, d) end);
  end;
  for d: Domain do
    domains[d] := mQ[g][d] & qQ[d] &
      (!by_adapter -> forall a: Adapter do (mA[g][a] & qA[a]) -> linked(a, d) end);
  end;
  for a: Adapter do sA[g][a] := adapters[a]; end;
  for d: Domain do sQ[g][d] := domains[d]; end;
  normalise(g);
end;

procedure refilter(g: Mdev; by_adapter: boolean);
begin
  if VARIANT >= 3 then
    if running[g] then refilter_v11(g, by_adapter); end;
  else
    refilter_mainline(g);
  end;
end;

-- The queue is bound already.
procedure probe(a: Adapter; d: Domain);
begin
  for g: Mdev do
    if mA[g][a] & mQ[g][d] then
      if VARIANT >= 3 then
        if change != 1 + a & change != 1 + N + d then refilter(g, true); end;
      elsif !pending[g] then
        refilter(g, true);
      end;
    end;
  end;
end;

procedure remove(a: Adapter; d: Domain);
var
  unplugs: boolean;
begin
  unplugs := false;
  for g: Mdev do
    if mA[g][a] & mQ[g][d] & sA[g][a] & ((VARIANT = 1 | VARIANT = 3) |  sQ[g][d]) & (VARIANT >= 3 -> running[g] & !cut[a][d]) then
      unplugs := true;
      sA[g][a] := false;
      if VARIANT >= 3 then
        if forall b: Adapter do !sA[g][b] end then normalise(g); end;
      else
        for e: Domain do
          if sQ[g][e] & bound[a][e] then reset(a, e); end;
        end;
      end;
    end;
  end;
  if VARIANT >= 3 | (!unplugs & qA[a] & qQ[d]) then reset(a, d); end;
  bound[a][d] := false;
  cut[a][d] := false;
end;

-- What follows each event and is a part of it.
procedure finish();
begin
  if exists g: Mdev do running[g] & exists h: Mdev do h != g &
    exists a: Adapter do exists d: Domain do plugged(g, a, d) & used[h][a][d] end end end end
  then
    cover true "I8";
  end;
  for g: Mdev do
    if running[g] then
      for a: Adapter do
        for d: Domain do
          if plugged(g, a, d) then
            for h: Mdev do used[h][a][d] := h = g; end;
          end;
        end;
      end;
    end;
  end;
end;

function missing_adapters(): 0 .. N;
var count: 0 .. N;
begin
  count := 0;
  for a: Adapter do
    if !qA[a] then count := count + 1; end;
  end;
  return count;
end;

function missing_domains(): 0 .. M;
var count: 0 .. M;
begin
  count := 0;
  for d: Domain do
    if !qQ[d] then count := count + 1; end;
  end;
  return count;
end;

startstate
begin
  for a: Adapter do
    qA[a] := true;
    for d: Domain do
      present[a][d] := true;
      bound[a][d] := false;
      cut[a][d] := false;
    end;
  end;
  for d: Domain do qQ[d] := true; end;
  for g: Mdev do
    running[g] := false;
    pending[g] := false;
    for a: Adapter do
      mA[g][a] := false;
      sA[g][a] := false;
      for d: Domain do used[g][a][d] := false; end;
    end;
    for d: Domain do
      mQ[g][d] := false;
      sQ[g][d] := false;
    end;
  end;
  scanning := false;
  change := 0;
end;

ruleset a: Adapter do ruleset d: Domain do

  rule "bind" present[a][d] & !bound[a][d] ==>
var
  had: array [Mdev] of Queues;
begin
  for g: Mdev do for a: Adapter do for d: Domain do had[g][a][d] := running[g] & plugged(g, a, d); end; end; end;
  bound[a][d] := true;
  probe(a, d);
  if exists g: Mdev do exists a: Adapter do exists d: Domain do had[g][a][d] & !plugged(g, a, d) end end end then
    cover true "I9";
  end;
  finish();
end;

  rule "unbind" bound[a][d] ==>
var
  had: array [Mdev] of Queues;
begin
  for g: Mdev do for a: Adapter do for d: Domain do had[g][a][d] := running[g] & plugged(g, a, d); end; end; end;
  remove(a, d);
  if exists g: Mdev do !had[g][a][d] & exists b: Adapter do exists e: Domain do had[g][b][e] & !plugged(g, b, e) end end end then
    cover true "I10";
  end;
  finish();
end;

  rule "scan_add" scanning & !present[a][d] & qA[a] & qQ[d] ==>
begin
  present[a][d] := true;
  bound[a][d] := true;
  probe(a, d);
  finish();
end;

  rule "scan_del" scanning & present[a][d] & !(qA[a] & qQ[d]) ==>
var
  had: array [Mdev] of Queues;
begin
  for g: Mdev do for a: Adapter do for d: Domain do had[g][a][d] := running[g] & plugged(g, a, d); end; end; end;
  if bound[a][d] then remove(a, d); end;
  present[a][d] := false;
  if exists g: Mdev do !had[g][a][d] & exists b: Adapter do exists e: Domain do had[g][b][e] & !plugged(g, b, e) end end end then
    cover true "I10";
  end;
  finish();
end;

end; end;

ruleset g: Mdev do

  rule "start" !running[g] ==>
begin
  running[g] := true;
  if VARIANT >= 3 then refilter_v11(g, true); end;
  finish();
end;

  rule "stop" running[g] ==>
begin
  running[g] := false;
  for a: Adapter do
    for d: Domain do
      if mA[g][a] & mQ[g][d] & (VARIANT >= 3 | bound[a][d]) then reset(a, d); end;
    end;
  end;
  if VARIANT >= 3 then
    for a: Adapter do sA[g][a] := false; end;
    for d: Domain do sQ[g][d] := false; end;
  end;
  finish();
end;

end;

ruleset g: Mdev do ruleset a: Adapter do

  rule "assign_adapter" !mA[g][a] &
    forall h: Mdev do h != g -> !(mA[h][a] & exists d: Domain do mQ[g][d] & mQ[h][d] end) end ==>
var
  had: array [Mdev] of Queues;
begin
  for k: Mdev do for b: Adapter do for e: Domain do had[k][b][e] := running[k] & plugged(k, b, e); end; end; end;
  mA[g][a] := true;
  for d: Domain do
    if mQ[g][d] then cut[a][d] := false; end;
  end;
  refilter(g, true);
  if exists k: Mdev do exists b: Adapter do exists e: Domain do had[k][b][e] & !plugged(k, b, e) end end end then
    cover true "I9";
  end;
  finish();
end;

  rule "unassign_adapter" mA[g][a] ==>
begin
  mA[g][a] := false;
  for d: Domain do
    if mQ[g][d] then cut[a][d] := false; end;
  end;
  if sA[g][a] then
    if VARIANT < 3 then
      for d: Domain do
        if sQ[g][d] & bound[a][d] then reset(a, d); end;
      end;
    end;
    sA[g][a] := false;
    if VARIANT >= 3 & forall k: Adapter do !sA[g][k] end then normalise(g); end;
  end;
  finish();
end;

end; end;

ruleset a: Adapter do

  rule "lose_adapter" ABSENT > 0 & !scanning & qA[a] &
    ABSENT > missing_adapters() ==>
begin
  scanning := true;
  qA[a] := false;
  for d: Domain do reset(a, d); end;
  for g: Mdev do
    if VARIANT < 3 then
      sA[g][a] := false;
    elsif running[g] then
      if sA[g][a] then
        sA[g][a] := false;
        if forall k: Adapter do !sA[g][k] end then normalise(g); end;
      end;
      if mA[g][a] then
        for d: Domain do
          if mQ[g][d] & bound[a][d] then cut[a][d] := true; end;
        end;
      end;
    end;
  end;
  finish();
end;

  rule "gain_adapter" ABSENT > 0 & !scanning & !qA[a] ==>
begin
  scanning := true;
  qA[a] := true;
  change := 1 + a;
  if VARIANT < 3 then
    for g: Mdev do pending[g] := mA[g][a]; end;
  end;
  finish();
end;

end;

ruleset g: Mdev do ruleset d: Domain do

  rule "assign_domain" !mQ[g][d] &
    forall h: Mdev do h != g -> !(mQ[h][d] & exists a: Adapter do mA[g][a] & mA[h][a] end) end ==>
var
  had: array [Mdev] of Queues;
begin
  for k: Mdev do for b: Adapter do for e: Domain do had[k][b][e] := running[k] & plugged(k, b, e); end; end; end;
  mQ[g][d] := true;
  for a: Adapter do
    if mA[g][a] then cut[a][d] := false; end;
  end;
  refilter(g, false);
  if exists k: Mdev do exists b: Adapter do exists e: Domain do had[k][b][e] & !plugged(k, b, e) end end end then
    cover true "I9";
  end;
  finish();
end;

  rule "unassign_domain" mQ[g][d] ==>
begin
  mQ[g][d] := false;
  for a: Adapter do
    if mA[g][a] then cut[a][d] := false; end;
  end;
  if sQ[g][d] then
    if VARIANT < 3 then
      for a: Adapter do
        if sA[g][a] & bound[a][d] then reset(a, d); end;
      end;
    end;
    sQ[g][d] := false;
    if VARIANT >= 3 & forall k: Domain do !sQ[g][k] end then normalise(g); end;
  end;
  finish();
end;

end; end;

ruleset d: Domain do

  rule "lose_domain" ABSENT > 0 & !scanning & qQ[d] &
    ABSENT > missing_domains() ==>
begin
  scanning := true;
  qQ[d] := false;
  for a: Adapter do reset(a, d); end;
  for g: Mdev do
    if VARIANT < 3 then
      sQ[g][d] := false;
    elsif running[g] then
      if sQ[g][d] then
        sQ[g][d] := false;
        if forall k: Domain do !sQ[g][k] end then normalise(g); end;
      end;
      if mQ[g][d] then
        for a: Adapter do
          if mA[g][a] & bound[a][d] then cut[a][d] := true; end;
        end;
      end;
    end;
  end;
  finish();
end;

  rule "gain_domain" ABSENT > 0 & !scanning & !qQ[d] ==>
begin
  scanning := true;
  qQ[d] := true;
  change := 1 + N + d;
  if VARIANT < 3 then
    for g: Mdev do pending[g] := mQ[g][d]; end;
  end;
  finish();
end;

end;

rule "scan_done" ABSENT > 0 & scanning & forall a: Adapter do forall d: Domain do present[a][d] = (qA[a] & qQ[d]) end end ==>
begin
  for g: Mdev do
    if (exists a: Adapter do mA[g][a] & change = 1 + a end) | (exists d: Domain do mQ[g][d] & change = 1 + N + d end) then
      if VARIANT >= 3 then
        if running[g] then refilter_v11(g, true); end;
      elsif pending[g] then
        refilter_mainline(g);
      end;
    end;
  end;
  scanning := false;
  change := 0;
  for g: Mdev do pending[g] := false; end;
  finish();
end;

cover "I6" exists g: Mdev do running[g] & exists a: Adapter do exists d: Domain do
  mA[g][a] & mQ[g][d] & linked(a, d) & sA[g][a] & !sQ[g][d] end end end;

cover "I6w" exists g: Mdev do running[g] & exists a: Adapter do exists d: Domain do
  mA[g][a] & mQ[g][d] & linked(a, d) & !sQ[g][d] end end end;

cover "I7" !scanning & exists g: Mdev do running[g] & exists a: Adapter do exists d: Domain do
  mA[g][a] & qA[a] & mQ[g][d] & qQ[d] & (forall e: Domain do (mQ[g][e] & qQ[e]) -> linked(a, e) end) &
  !plugged(g, a, d) end end end;

invariant "I1" forall g: Mdev do forall h: Mdev do (g != h & running[g] & running[h]) ->
  forall a: Adapter do forall d: Domain do !(plugged(g, a, d) & plugged(h, a, d)) end end end end;

invariant "I2" forall g: Mdev do running[g] -> forall a: Adapter do forall d: Domain do
  plugged(g, a, d) -> bound[a][d] end end end;

invariant "I3" forall g: Mdev do running[g] -> forall a: Adapter do forall d: Domain do
  plugged(g, a, d) -> qA[a] & qQ[d] end end end;

invariant "I4" forall g: Mdev do (forall a: Adapter do sA[g][a] -> mA[g][a] end) &
  forall d: Domain do sQ[g][d] -> mQ[g][d] end end;
