/* The reference model of the checker (docs/reference-model.md) in Promela, so that Spin can count it: npm run bench:check.
 *
 *   spin -a -o3 -DN=2 -DM=2 -DG=2 -DOUT=1 -DRULE=0 ap.pml
 *   cc -O2 -DSAFETY -DNOFAIR -DNOREDUCE -DMEMLIM=20000 pan.c -o pan && ./pan -m5000000 -w24
 *
 * Breadth first, for the shortest trace: spin -a ... -DBFSRUN ..., cc ... -DBFS ...
 *
 * One process, and each event is one d_step: "states, stored" is the number of states of the model, and "transitions" is one
 * more than its transitions, because Spin counts the initial state.
 *
 * N, M     adapters and domains, 2 to 4
 * G        mdevs, 1 to 3
 * OUT      how many adapters and how many domains may be missing from the host's configuration at a time
 * RULE     0: the driver of Linux; 1: the removal of a queue looks at the APM only; 2: filtering resets nothing;
 *          3: the patches v11; 4: v11 with a removal that looks at both masks
 * CHK      1, 2, 3, 6 or 8: assert that invariant (1 and 8: G=2 only)
 *
 * There are no control domains and no reserved queues.
 */
#ifndef N
#define N 2
#endif
#ifndef M
#define M 2
#endif
#ifndef G
#define G 2
#endif
#ifndef OUT
#define OUT 1
#endif
#ifndef RULE
#define RULE 0
#endif
#ifndef CHK
#define CHK 0
#endif

#if RULE >= 3
#define V11 1
#else
#define V11 0
#endif
#if RULE == 0 || RULE == 2 || RULE == 4
#define RMAQM 1
#else
#define RMAQM 0
#endif
#if RULE <= 1
#define RSTF 1
#else
#define RSTF 0
#endif

#define K   (N*M)
#define FA  ((1<<N)-1)
#define FQ  ((1<<M)-1)
#define FK  ((1<<K)-1)
#if (N*M) <= 8
#define KT byte
#elif (N*M) <= 15
#define KT short
#else
#define KT int
#endif

unsigned P : 16 = FK;           /* queue devices present */
unsigned B : 16 = 0;            /* ... bound to vfio_ap */
#if V11
unsigned C : 16 = 0;            /* ... bound but cut off its mdev by a host config removal */
#else
#define C 0
#endif
unsigned qA : 4 = FA;           /* host AP configuration */
unsigned qQ : 4 = FQ;
bit scan = 0;                   /* between config change and scan complete */
unsigned chg : 4 = 0;           /* 0, or 1+adapter added, or 1+N+domain added */
byte rn = 0;
#if !V11
byte pend = 0;
#endif
byte mA[G], mQ[G], sA[G], sQ[G];
KT D[G];

/* scratch, zero between events; hidden (out of the state vector) unless searched breadth first */
#ifdef BFSRUN
byte xg, xA0, xQ0, xA1, xQ1, xo, xb;
KT xR, xoR;
#else
hidden byte xg, xA0, xQ0, xA1, xQ1, xo, xb;
hidden KT xR, xoR;
#endif

#define RA(A)      (((A)&1) | (((A)&2)<<(M-1)) | (((A)&4)<<(2*(M-1))) | (((A)&8)<<(3*(M-1))))
#define RECT(A,Q)  (RA(A)*(Q))
#define BIT(a,d)   (1<<((a)*M+(d)))
#define HAS(x,n)   (((x)>>(n))&1)
#define ROWOK(L,a,Q) ((((L)>>((a)*M))&(Q))==(Q) -> (1<<(a)) : 0)
#if N == 2
#define FULLROWS(L,Q) (ROWOK(L,0,Q)|ROWOK(L,1,Q))
#elif N == 3
#define FULLROWS(L,Q) (ROWOK(L,0,Q)|ROWOK(L,1,Q)|ROWOK(L,2,Q))
#else
#define FULLROWS(L,Q) (ROWOK(L,0,Q)|ROWOK(L,1,Q)|ROWOK(L,2,Q)|ROWOK(L,3,Q))
#endif
#define COLAND(A,a,L) (HAS(A,a) -> ((L)>>((a)*M))&FQ : FQ)
#if N == 2
#define FULLCOLS(A,L) (COLAND(A,0,L)&COLAND(A,1,L))
#elif N == 3
#define FULLCOLS(A,L) (COLAND(A,0,L)&COLAND(A,1,L)&COLAND(A,2,L))
#else
#define FULLCOLS(A,L) (COLAND(A,0,L)&COLAND(A,1,L)&COLAND(A,2,L)&COLAND(A,3,L))
#endif

#define OWNS(g,a,d) (HAS(mA[g],a) && HAS(mQ[g],d))
#if G == 1
#define OWNER(a,d)  (OWNS(0,a,d) -> 0 : 9)
#define OTHERS(g)   0
#elif G == 2
#define OWNER(a,d)  (OWNS(0,a,d) -> 0 : (OWNS(1,a,d) -> 1 : 9))
#define OTHERS(g)   RECT(mA[1-(g)],mQ[1-(g)])
#else
#define OWNER(a,d)  (OWNS(0,a,d) -> 0 : (OWNS(1,a,d) -> 1 : (OWNS(2,a,d) -> 2 : 9)))
#define OTHERS(g)   (RECT(mA[((g)+1)%3],mQ[((g)+1)%3])|RECT(mA[((g)+2)%3],mQ[((g)+2)%3]))
#endif

#if G == 1
#define EACH(S)  S(0)
#define EACH2(S) S(0)
#elif G == 2
#define EACH(S)  S(0); S(1)
#define EACH2(S) S(0); S(1)
#else
#define EACH(S)  S(0); S(1); S(2)
#define EACH2(S) S(0); S(1); S(2)
#endif
#define DCLR(h)  D[h] = D[h] & ~xoR
inline reset(x) { xoR = (x); EACH(DCLR) }

inline refilter(k, byapid) {
  xA0 = mA[k] & qA; xQ0 = mQ[k] & qQ;
#if !V11
  xA1 = FULLROWS(B, xQ0) & xA0;
#if RSTF
  reset(RECT(sA[k] & xA0 & ~xA1, xQ0) & B);
#endif
  sA[k] = xA1; sQ[k] = xQ0;
#else
  if
  :: byapid -> xA1 = FULLROWS((B & ~C), xQ0) & xA0; xQ1 = xQ0
  :: else   -> xA1 = xA0; xQ1 = xQ0 & FULLCOLS(xA0, (B & ~C))
  fi;
  if :: (xA1 == 0 || xQ1 == 0) -> xA1 = 0; xQ1 = 0 :: else fi;
  sA[k] = xA1; sQ[k] = xQ1;
#endif
}

inline probe(a, d) {
  xo = OWNER(a, d);
#if !V11
  if :: (xo < 9 && !HAS(pend, xo)) -> refilter(xo, 1) :: else fi;
#else
  if :: (xo < 9 && HAS(rn, xo) && chg != 1+(a) && chg != 1+N+(d)) -> refilter(xo, 1) :: else fi;
#endif
}

#if RMAQM
#define INQ(xo,d) HAS(sQ[xo],d)
#else
#define INQ(xo,d) 1
#endif

inline remove_q(a, d) {
  xo = OWNER(a, d);
#if !V11
  if
  :: (xo < 9 && HAS(sA[xo], a) && INQ(xo, d)) ->
       sA[xo] = sA[xo] & ~(1<<(a));
       reset(RECT(1<<(a), sQ[xo]) & B)
  :: else ->
       if :: (HAS(qA, a) && HAS(qQ, d)) -> reset(BIT(a, d)) :: else fi
  fi;
#else
  if
  :: (xo < 9 && !(C & BIT(a, d)) && HAS(rn, xo) && HAS(sA[xo], a) && INQ(xo, d)) ->
       sA[xo] = sA[xo] & ~(1<<(a));
       if :: (sA[xo] == 0) -> sQ[xo] = 0 :: else fi
  :: else
  fi;
  reset(BIT(a, d));
  C = C & ~BIT(a, d);
#endif
  B = B & ~BIT(a, d);
}

/* after every event: what a running guest has is dirtied by it */
#define DSUB(h) if :: (h != xg) -> D[h] = D[h] & ~xR :: else fi
#define DIRT(k) if :: HAS(rn, k) -> xg = k; xR = RECT(sA[k], sQ[k]); CHK8(k) EACH2(DSUB); D[k] = D[k] | xR :: else fi
#if CHK == 8 && G == 2
#define CHK8(k) assert(!(D[1-(k)] & xR));
#else
#define CHK8(k)
#endif
#define ST(k)   (HAS(rn,k))
#if CHK == 6
#define INV(k) assert(!(ST(k) && (RECT(mA[k] & sA[k], mQ[k] & ~sQ[k]) & B & ~C)))
#elif CHK == 2
#define INV(k) assert(!(ST(k) && (RECT(sA[k], sQ[k]) & ~B)))
#elif CHK == 3
#define INV(k) assert(!(ST(k) && (RECT(sA[k], sQ[k]) & ~RECT(qA, qQ))))
#else
#define INV(k) skip
#endif
inline finish() {
  EACH(DIRT);
#if CHK
  EACH(INV);
#endif
#if CHK == 1 && G == 2
  assert(!(HAS(rn,0) && HAS(rn,1) && (RECT(sA[0], sQ[0]) & RECT(sA[1], sQ[1]))));
#endif
  xg = 0; xA0 = 0; xQ0 = 0; xA1 = 0; xQ1 = 0; xR = 0; xo = 0; xoR = 0
}

#define PRES(a,d) (P & BIT(a,d))
#define BND(a,d)  (B & BIT(a,d))
#define INCFG(a,d) (HAS(qA,a) && HAS(qQ,d))

#define E_Q(a,d) \
 :: d_step { (PRES(a,d) && !BND(a,d)) -> B = B | BIT(a,d); probe(a,d); finish() } \
 :: d_step { BND(a,d) -> remove_q(a,d); finish() } \
 :: d_step { (scan && !PRES(a,d) && INCFG(a,d)) -> P = P | BIT(a,d); B = B | BIT(a,d); probe(a,d); finish() } \
 :: d_step { (scan && PRES(a,d) && !INCFG(a,d)) -> \
      if :: BND(a,d) -> remove_q(a,d) :: else fi; P = P & ~BIT(a,d); finish() }

#if V11
#define RELINK(x)        C = C & ~(x)
#define IFRUN(k,x)       if :: HAS(rn,k) -> x :: else fi
#define EMPTY_A(k)       if :: (sA[k] == 0) -> sQ[k] = 0 :: else fi
#define EMPTY_Q(k)       if :: (sQ[k] == 0) -> sA[k] = 0 :: else fi
#define RST(x)           skip
#else
#define RELINK(x)        skip
#define IFRUN(k,x)       x
#define EMPTY_A(k)       skip
#define EMPTY_Q(k)       skip
#define RST(x)           reset(x)
#endif

#define E_GA(k,a) \
 :: d_step { (!HAS(mA[k],a) && !(RECT(1<<(a),mQ[k]) & (OTHERS(k)))) -> \
      mA[k] = mA[k] | (1<<(a)); RELINK(RECT(1<<(a),mQ[k])); IFRUN(k, refilter(k,1)); finish() } \
 :: d_step { HAS(mA[k],a) -> mA[k] = mA[k] & ~(1<<(a)); RELINK(RECT(1<<(a),mQ[k])); \
      if :: HAS(sA[k],a) -> RST(RECT(1<<(a),sQ[k]) & B); sA[k] = sA[k] & ~(1<<(a)); EMPTY_A(k) :: else fi; finish() }
#define E_GD(k,d) \
 :: d_step { (!HAS(mQ[k],d) && !(RECT(mA[k],1<<(d)) & (OTHERS(k)))) -> \
      mQ[k] = mQ[k] | (1<<(d)); RELINK(RECT(mA[k],1<<(d))); IFRUN(k, refilter(k,0)); finish() } \
 :: d_step { HAS(mQ[k],d) -> mQ[k] = mQ[k] & ~(1<<(d)); RELINK(RECT(mA[k],1<<(d))); \
      if :: HAS(sQ[k],d) -> RST(RECT(sA[k],1<<(d)) & B); sQ[k] = sQ[k] & ~(1<<(d)); EMPTY_Q(k) :: else fi; finish() }
#if V11
#define E_RUN(k) \
 :: d_step { !HAS(rn,k) -> rn = rn | (1<<k); refilter(k,1); finish() } \
 :: d_step { HAS(rn,k)  -> rn = rn & ~(1<<k); reset(RECT(mA[k],mQ[k])); sA[k] = 0; sQ[k] = 0; finish() }
#else
#define E_RUN(k) \
 :: d_step { !HAS(rn,k) -> rn = rn | (1<<k); finish() } \
 :: d_step { HAS(rn,k)  -> rn = rn & ~(1<<k); reset(RECT(mA[k],mQ[k]) & B); finish() }
#endif

#define CNT(x) (((x)&1)+(((x)>>1)&1)+(((x)>>2)&1)+(((x)>>3)&1))
#if V11
#define CUTA(k) if :: HAS(rn,k) -> \
    if :: (sA[k] & xb) -> sA[k] = sA[k] & ~xb; EMPTY_A(k) :: else fi; \
    if :: (mA[k] & xb) -> C = C | (RECT(xb,mQ[k]) & B) :: else fi :: else fi
#define CUTQ(k) if :: HAS(rn,k) -> \
    if :: (sQ[k] & xb) -> sQ[k] = sQ[k] & ~xb; EMPTY_Q(k) :: else fi; \
    if :: (mQ[k] & xb) -> C = C | (RECT(mA[k],xb) & B) :: else fi :: else fi
#define ADDA(k) skip
#define ADDQ(k) skip
#else
#define CUTA(k) sA[k] = sA[k] & ~xb
#define CUTQ(k) sQ[k] = sQ[k] & ~xb
#define ADDA(k) if :: (mA[k] & xb) -> pend = pend | (1<<k) :: else fi
#define ADDQ(k) if :: (mQ[k] & xb) -> pend = pend | (1<<k) :: else fi
#endif
#define E_CA(a) \
 :: d_step { (!scan && HAS(qA,a) && (N-CNT(qA)) < OUT) -> \
      scan = 1; qA = qA & ~(1<<(a)); reset(RECT(1<<(a),FQ)); xb = 1<<(a); EACH(CUTA); xb = 0; finish() } \
 :: d_step { (!scan && !HAS(qA,a)) -> scan = 1; qA = qA | (1<<(a)); chg = 1+(a); xb = 1<<(a); EACH(ADDA); xb = 0; finish() }
#define E_CQ(d) \
 :: d_step { (!scan && HAS(qQ,d) && (M-CNT(qQ)) < OUT) -> \
      scan = 1; qQ = qQ & ~(1<<(d)); reset(RECT(FA,1<<(d))); xb = 1<<(d); EACH(CUTQ); xb = 0; finish() } \
 :: d_step { (!scan && !HAS(qQ,d)) -> scan = 1; qQ = qQ | (1<<(d)); chg = 1+N+(d); xb = 1<<(d); EACH(ADDQ); xb = 0; finish() }

#define CHGA ((chg >= 1 && chg <= N) -> 1<<(chg-1) : 0)
#define CHGQ ((chg > N) -> 1<<(chg-1-N) : 0)
#if V11
#define PL(k) if :: (HAS(rn,k) && ((mA[k] & CHGA) || (mQ[k] & CHGQ))) -> refilter(k,1) :: else fi
#define CLRPEND skip
#else
#define PL(k) if :: (HAS(pend,k) && ((mA[k] & CHGA) || (mQ[k] & CHGQ))) -> refilter(k,1) :: else fi
#define CLRPEND pend = 0
#endif

#if M == 2
#define ROW(a) E_Q(a,0) E_Q(a,1)
#define GD(k)  E_GD(k,0) E_GD(k,1)
#define CQS    E_CQ(0) E_CQ(1)
#elif M == 3
#define ROW(a) E_Q(a,0) E_Q(a,1) E_Q(a,2)
#define GD(k)  E_GD(k,0) E_GD(k,1) E_GD(k,2)
#define CQS    E_CQ(0) E_CQ(1) E_CQ(2)
#else
#define ROW(a) E_Q(a,0) E_Q(a,1) E_Q(a,2) E_Q(a,3)
#define GD(k)  E_GD(k,0) E_GD(k,1) E_GD(k,2) E_GD(k,3)
#define CQS    E_CQ(0) E_CQ(1) E_CQ(2) E_CQ(3)
#endif
#if N == 2
#define ROWS   ROW(0) ROW(1)
#define GA(k)  E_GA(k,0) E_GA(k,1)
#define CAS    E_CA(0) E_CA(1)
#elif N == 3
#define ROWS   ROW(0) ROW(1) ROW(2)
#define GA(k)  E_GA(k,0) E_GA(k,1) E_GA(k,2)
#define CAS    E_CA(0) E_CA(1) E_CA(2)
#else
#define ROWS   ROW(0) ROW(1) ROW(2) ROW(3)
#define GA(k)  E_GA(k,0) E_GA(k,1) E_GA(k,2) E_GA(k,3)
#define CAS    E_CA(0) E_CA(1) E_CA(2) E_CA(3)
#endif
#define MD(k)  GA(k) GD(k) E_RUN(k)
#if G == 1
#define MDS MD(0)
#elif G == 2
#define MDS MD(0) MD(1)
#else
#define MDS MD(0) MD(1) MD(2)
#endif

active proctype ap() {
  do
  ROWS
  MDS
#if OUT
  CAS
  CQS
  :: d_step { (scan && P == RECT(qA,qQ)) -> EACH(PL); scan = 0; chg = 0; CLRPEND; finish() }
#endif
  od
}
