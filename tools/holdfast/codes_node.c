/* SPDX-License-Identifier: Apache-2.0 */
/* What a node logs, raises as an alarm, or gives as the reason of a refusal. */
#include "tools/holdfast/codes.h"

const struct code codes_node[] = {
    { "BAD-BLOCK", CODE_WARNING,
      "A stored block or header object is not what it was.",
      "A disk that rots or gives errors, a file that somebody removed or "
      "changed, or bad memory.",
      "It was set aside: it is not counted, served or claimed any more, and is "
      "fetched from other members, the rarest items first. \"holdfast events\" "
      "keeps time, item and cause.",
      "\"smartctl -a\" and \"dmesg\". Once in years is normal; more than that, "
      "replace the disk." },
    { "BLOCK-BACK", CODE_NOTICE,
      "A block that had been set aside reads well again.",
      "The disk gave an error only for a while.", "It is used again.",
      "Look at \"dmesg\": it is the cable, the controller or the disk." },
    { "BUSY", CODE_ANSWER,
      "The node, or a data directory, has too much in hand or is in use.",
      "Many deposits at once; the node is stopping; another program has the "
      "directory open.",
      "Nothing of this request was kept. The command waits and asks again "
      "where it can.",
      "Run the same command again in a minute. If it stays so, look at "
      "\"holdfast status\"." },
    { "CAUGHT-UP", CODE_NOTICE,
      "All items of all ledgers that this node knows are on it.",
      "It had fallen behind, or had just started.",
      "It goes on listening for news.", "Nothing." },
    { "CLIENT-READS", CODE_NOTICE,
      "Somebody who may read or administer this node came in over the network.",
      "A line restore or admin in the node's clients file.",
      "It answers what that right allows.",
      "Nothing, if you know of it. Else take the line out of the clients file "
      "and reload." },
    { "CLIENTS-FULL", CODE_WARNING, "A client was told to come back later.",
      "As many clients are connected as may be, in all or with one key.",
      "Those that are connected are served; who waits tries again.",
      "Nothing, once. If it stays so, look for a program that keeps calling." },
    { "CLOCK", CODE_WARNING,
      "This machine's clock is not right, or nothing keeps it right.",
      "No time synchronisation, a battery that is empty, or a time zone that "
      "was set by turning the clock.",
      "A node that is more than 5 minutes from the median of the other members "
      "cosigns nothing: its word on time would be wrong.",
      "\"timedatectl set-ntp true\", then \"holdfast doctor\"." },
    { "DEPOSIT-BAD", CODE_ANSWER,
      "A part of a deposit is not what it says it is.",
      "Bytes that do not have their name, a header that cannot be read, an "
      "item whose parts do not belong together: a fault on the way or in the "
      "program that made it.",
      "The part was refused; nothing of it is registered.",
      "Deposit again from the original. If it happens twice, check the "
      "machine's memory and disk." },
    { "FORK", CODE_CRITICAL,
      "The owner of a ledger signed two histories of it. Both cannot be true.",
      "A node restored from an image with its old mark, two machines with one "
      "key, or somebody who holds the key and rewrites history.",
      "The ledger is frozen: it is taken no further, and what is held of it "
      "stays and is served.",
      "Phone the member that runs the node. Do not delete anything: both "
      "histories are evidence. The owner opens a new ledger (\"holdfast ledger "
      "open\"), or gets a new key on the next roster." },
    { "HANDSHAKE-BAD", CODE_WARNING,
      "A peer answered our greeting with something that is no good answer.",
      "Another program, or a node with another key, listens at the address "
      "that the roster names.",
      "It hangs up and dials again, with growing pauses.",
      "\"holdfast doctor NODE\" says where it stops. Compare the address and "
      "the key on the roster with that member." },
    { "ISOLATED", CODE_CRITICAL,
      "Nothing new was stated by more than half of the other members for a "
      "week.",
      "This node's network is cut, its roster is old, or the others are down.",
      "It keeps what it has and goes on asking. What it shows is as old as the "
      "newest statements.",
      "holdfast doctor. Then phone another member: ask for the newest roster "
      "file, and whether they see this node." },
    { "LAST-COPY", CODE_CRITICAL,
      "Only one member has a copy of these items, or claims to have one.",
      "Copies were found bad, nodes are gone or silent for two days, or items "
      "were deposited and never spread.",
      "Every other node that is to hold them fetches them, those with the "
      "fewest copies first.",
      "\"holdfast list --state last-copy\" names them and why. Bring back the "
      "nodes that are silent: phone their members. Do not restart, move or "
      "delete anything where the last copy lies." },
    { "LEDGER-NOT-OPENED", CODE_ANSWER,
      "A new ledger was ordered and not opened.",
      "A name that was not typed right, a node that is not on the roster, or "
      "one ledger being opened already.",
      "The old state holds; nothing was changed.",
      "The sentence beside this code says which. Correct it and order it "
      "again." },
    { "LEDGER-OPENED", CODE_NOTICE, "This node opened a new ledger.",
      "The first start, an order, or a store that came back from a copy.",
      "New deposits are registered there; what only the old one has is carried "
      "over.",
      "Nothing, if it was expected. Else ask who ordered it." },
    { "LEDGER-ROLLED-BACK", CODE_WARNING,
      "Another node showed a checkpoint that our own key signed and that this "
      "store does not know.",
      "The data directory was restored from a backup or a snapshot.",
      "It opens a new ledger, and fetches from the others what it has lost.",
      "Nothing, if somebody restored it. If nobody did, another machine may "
      "use this node's key: take it off the network and tell the other "
      "members." },
    { "LEDGERS-FULL", CODE_CRITICAL,
      "This node key has opened as many ledgers as one key may.",
      "Many restores from a backup or many orders under one roster.",
      "Nothing more is registered here; what is held is served.",
      "A new node key on the next roster (\"holdfast key new node\")." },
    { "LOST", CODE_CRITICAL,
      "Nobody on the roster even claims to have a copy of these items.",
      "All nodes that had one are gone or silent for two days, or their copies "
      "were found bad.",
      "It goes on asking. What was found bad is set aside and kept.",
      "Do not restart or delete anything. \"holdfast list --state lost\" names "
      "them. Phone every member: a node that was taken off, an old disk or a "
      "backup may have it (\"holdfast import\"). Keep the originals." },
    { "MASS-LOSS", CODE_CRITICAL,
      "A large share of what is stored is bad or gone at once.",
      "A disk that died, a part of it that is not mounted, or files that "
      "somebody removed. Single blocks rot; this is something else.",
      "What was found is not counted any more. Nothing more is read, and "
      "nothing is fetched, so that one mistake does not copy everything again. "
      "The other members hold what they hold.",
      "Look at the disk first. If the files can come back, stop the node, "
      "bring them back, start it. If they cannot: \"holdfast scrub "
      "--go-on\", and all is fetched from the others." },
    { "NET-STUCK", CODE_CRITICAL,
      "The network library no longer closes connections.",
      "A known fault of the library under very many broken connections.",
      "The node ends with code 75, and the service manager starts it anew. "
      "Nothing is lost.",
      "Nothing, once. If it comes again and again, limit callers "
      "(nftables.conf among the examples)." },
    { "NO-ITEMS", CODE_NOTICE, "No item is known yet.",
      "Nothing was deposited, or this node has not heard of it.", "It listens.",
      "Nothing." },
    { "NO-MEMORY", CODE_CRITICAL, "Memory ran out.",
      "Too little memory for what the machine runs.",
      "A node writes and signs nothing more until it is started again; a "
      "command ends. Nothing is half done.",
      "\"systemctl restart holdfastd\", and more memory or fewer programs." },
    { "NOT-A-STORE", CODE_ANSWER,
      "This node takes no deposits: by the roster it holds no new blocks.",
      "It is an observer, or it is leaving the consortium.",
      "Nothing was kept.",
      "Deposit at another node of your member. Whether a node stores stands in "
      "the roster." },
    { "NOT-ALLOWED", CODE_ANSWER, "This key may not ask that.",
      "A client's line in the node's clients file gives it other rights, or a "
      "node asks what only people may.",
      "Refused.",
      "The admin of the node changes the right in its clients file and "
      "reloads." },
    { "NOT-ON-ROSTER", CODE_CRITICAL,
      "The roster in force does not name this node.",
      "The consortium dropped it, a new roster gave it another name, or its "
      "roster file is of another consortium.",
      "It registers nothing and fetches nothing; others close their sessions "
      "with it.",
      "Ask another member for the newest roster file. If the node was dropped "
      "by mistake, the next roster takes it in again." },
    { "NOT-PERMITTED", CODE_ANSWER,
      "This user may not ask this node over its local socket.",
      "Only root, the node's own user and members of the group that [control] "
      "names may.",
      "Refused.",
      "Run it as root, or put the user into that group: \"adduser NAME "
      "holdfast\"." },
    { "NOT-STARTED", CODE_CRITICAL, "The daemon could not start.",
      "Its key, roster, data directory, port or configuration: the sentence "
      "beside this code names it.",
      "It ends. With code 75 the service manager tries again, with 9 or 78 it "
      "does not.",
      "Correct what the line names, then \"holdfast doctor\", then "
      "\"systemctl restart holdfastd\"." },
    { "NOT-SUPPORTED", CODE_ANSWER,
      "This release of the node does not offer what was asked.",
      "A newer command or node asks an older one.",
      "Refused; all else goes on.", "Upgrade the node that refused." },
    { "OPENED-ELSEWHERE", CODE_CRITICAL,
      "A ledger of this node was opened that this machine did not open.",
      "Two machines have one node key: a copy that was started, or a thief.",
      "This machine registers nothing more. What it holds is served and "
      "stated, so that all say TWINS ten minutes later.",
      "Find the other machine. If it is the right one, stop this one. If this "
      "one is right, and the other certainly off: \"holdfast ledger open\". If "
      "you know of no other: tell the members at once, the roster must drop "
      "this key." },
    { "OVER-QUOTA", CODE_WARNING,
      "A member has used up what the roster lets it add in a day.",
      "A busy day, a quota that is too small, or a node or a depositor's "
      "machine that somebody else commands.",
      "What is beyond waits for the next day: deposits here are kept and told "
      "as pending, and of other members' ledgers neither records nor blocks "
      "are fetched. What half of the other members hold is fetched all the "
      "same.",
      "Ask that member whether these are its deposits. If so, and often, a new "
      "roster with a larger \"quota\" line is due." },
    { "PEER-DIAL", CODE_WARNING, "A peer cannot be dialled at all.",
      "No memory, or more peers and addresses than a node may have.",
      "It tries again when the roster or the addresses change.",
      "Look at the sentence beside this code; restart the node when memory "
      "was short." },
    { "PEER-NO-ADDRESS", CODE_WARNING,
      "None of a peer's names leads to an address.",
      "The name is gone, or name resolution does not work here.",
      "It asks again every minute. The peer can still dial this node.",
      "\"holdfast doctor NODE\" says what the resolver answers. A name that is "
      "gone for good must change on the next roster." },
    { "PEER-SILENT", CODE_WARNING,
      "Nothing was heard of a peer for some minutes.",
      "Its node is down, its line is cut, or a firewall stands between.",
      "It is dialled again and again; all else goes on without it.",
      "\"holdfast doctor NODE\" says where it stops. If several are silent at "
      "once, look at your own line first." },
    { "PEER-UP", CODE_NOTICE, "A peer answers or asks again.",
      "It was started, or its line is back.", "What both lack is exchanged.",
      "Nothing." },
    { "PEER-WRONG-BLOCK", CODE_WARNING,
      "A peer sent bytes that do not have the name that was asked for.",
      "A rotten disk there, a fault in its software, or a node that lies.",
      "The bytes are dropped, and the block is fetched from others.",
      "Tell that member: its disk may be failing." },
    { "PEER-WRONG-CLAIM", CODE_WARNING,
      "A peer says of a ledger what cannot be true.",
      "A fault in its software, or a node that lies.",
      "The claim does not count.",
      "Tell that member, and compare releases (\"holdfast status --json\")." },
    { "PEER-WRONG-PROOF", CODE_WARNING,
      "A peer was asked to prove that it holds a piece of an item, and the "
      "proof is wrong.",
      "Its disk rots, or it lost or deleted what it says it holds.",
      "Its copy of that item does not count until it proves that piece; two "
      "such items within 7 days, and none of its copies counts until it has "
      "re-read all it holds.",
      "Tell that member: its disk may be failing. \"holdfast verify ID\" asks "
      "again." },
    { "PEER-WRONG-RECORDS", CODE_WARNING,
      "A peer sent records that its ledger's signature does not cover.",
      "A rotten disk there, a fault in its software, or a node that lies.",
      "They are dropped, and fetched from others.",
      "Tell that member: its disk may be failing." },
    { "PEER-WRONG-ROSTER", CODE_WARNING,
      "A peer offers a roster that does not follow from ours.",
      "It has another history of rosters, or not enough signatures.",
      "The roster is not taken; that peer is asked less often.",
      "Compare the eight words of both rosters by phone (\"holdfast roster "
      "show FILE\")." },
    { "PROTECTED", CODE_NOTICE,
      "As many members as the rule wants, in as many countries, have proven "
      "copies.",
      "Each of them states it, has read it again in time, and gave the right "
      "pieces when it was asked for some.",
      "It goes on asking and reading.", "Nothing." },
    { "QUARANTINE", CODE_WARNING,
      "Blocks are set aside and not here again yet.",
      "See BAD-BLOCK. Nobody who has them is reachable, or it takes its time.",
      "They are asked for again and again. A damaged file stays in quarantine/ "
      "until all that was bad in it is here.",
      "\"holdfast status\": are the other members reachable? If nobody has it, "
      "keep the disk: nothing was deleted." },
    { "READY", CODE_NOTICE, "The daemon has started.", "It was started.",
      "It listens and dials.", "Nothing." },
    { "REGISTERING", CODE_NOTICE,
      "Enough members said what they hold of this node's ledgers.",
      "After a start a node waits for them, so that it never registers beside "
      "a ledger that it has forgotten.",
      "Deposits are registered from now on, also those that waited.",
      "Nothing." },
    { "RELOADED", CODE_NOTICE,
      "The daemon read its configuration and roster file again.",
      "\"systemctl reload holdfastd\", or SIGHUP.",
      "Each line says what was taken, and what needs a restart.",
      "Read the lines: a file with errors is not taken." },
    { "REPAIRED", CODE_NOTICE,
      "What had been set aside came from another member, and is durable.",
      "See BAD-BLOCK.", "It is counted, served and claimed again.",
      "Nothing." },
    { "REQUEST-BAD", CODE_ANSWER, "A request cannot be read.",
      "A fault on the way, another release, or somebody who tries things.",
      "Refused; nothing was done.",
      "Compare the releases of both: \"holdfast --version\"." },
    { "ROSTER-FORK", CODE_CRITICAL,
      "Two rosters follow the one in force, each with enough signatures.",
      "Two groups of members signed different successors at the same time, or "
      "governance keys were misused.",
      "The older one stays in force, and both are kept and shown.",
      "Phone the other members. A roster whose \"previous\" names both heals "
      "it; nobody signs two successors." },
    { "ROSTER-NEW", CODE_NOTICE, "A new version of the roster is in force.",
      "It came from the roster file or from a peer, with enough signatures.",
      "Nodes that it drops get nothing more; new ones are dialled.",
      "Compare its eight words with another member by phone." },
    { "ROSTER-REFUSED", CODE_WARNING,
      "A roster of the roster file is not taken.",
      "Not enough signatures, a version that is missing between, or another "
      "consortium.",
      "The one in force stays in force.",
      "\"holdfast roster check FILE\" names what is wrong. Ask another member "
      "for its file." },
    { "SCRUB-BEGAN", CODE_NOTICE, "All that is stored is being read again.",
      "It is due, or it was ordered: \"holdfast scrub\".",
      "At most at [scrub] max_read; SCRUBBED is its end.", "Nothing." },
    { "SCRUB-FULL", CODE_WARNING,
      "A damaged file could not be left for want of space.",
      "Its good blocks have to be written to a new file first.",
      "They stay where they are and are served as far as they can be read; "
      "the next reading tries again.",
      "Add space; see STORE-FULL." },
    { "SCRUB-RESUMED", CODE_NOTICE,
      "Reading goes on where it was before the node stopped.",
      "A restart in the middle of it.",
      "What was read before is not read again.", "Nothing." },
    { "SCRUBBED", CODE_NOTICE, "All that is stored was read again.",
      "It is done twice in each [scrub] period.",
      "The node states since when all that it holds has been read again; the "
      "others count on that.",
      "Nothing, if no block was bad; else see BAD-BLOCK." },
    { "SHORT", CODE_WARNING,
      "Fewer members, or countries, than the rule wants have a copy, or claim "
      "to have one.",
      "A node is full, away, or found copies bad; or members left the roster.",
      "The nodes that are to hold them fetch them.",
      "\"holdfast list --state short\" names them and whom they wait for. "
      "Nothing, if it gets less; else phone that member." },
    { "SPREADING", CODE_NOTICE,
      "New items, not a day old here, are on their way to the other members.",
      "They were deposited not long ago.",
      "The nodes that are to hold them fetch and prove them.",
      "Keep the originals until they are protected." },
    { "STOPPED", CODE_NOTICE, "The daemon has ended.",
      "It was stopped, or an error was logged before.",
      "With another exit code than 0 the service manager starts it again.",
      "If nobody stopped it, read the lines before." },
    { "STOPPING", CODE_NOTICE, "The daemon was told to end.",
      "SIGTERM: \"systemctl stop\", or the machine goes down.",
      "It finishes what is in hand, then ends.", "Nothing." },
    { "STORE-DAMAGED", CODE_CRITICAL,
      "The database's small tables are damaged, beside the blocks.",
      "A disk that rots or gives errors.",
      "What can still be read is served. This is not repaired by itself.",
      "Keep the disk. \"smartctl -a\" and \"dmesg\"; then stop the node, take "
      "a new disk and \"holdfast init\" with the same key: all flows back from "
      "the others, and \"holdfast import\" takes over what this one has." },
    { "STORE-ERROR", CODE_CRITICAL,
      "The store could not write or read as it must.",
      "A failing disk, a file system that went read-only, or damaged files.",
      "Nothing more is written or signed; the node ends with code 75, and the "
      "checks at its next start decide.",
      "\"dmesg\" and \"smartctl -a\" first. If the disk is bad, take a new one "
      "and \"holdfast init\" with the same key: all flows back from the "
      "others." },
    { "STORE-FULL", CODE_CRITICAL, "Less space is free than must stay free.",
      "The disk is filling up, or min_free in [storage] is too large.",
      "No deposits and no copying until there is room; what is held is "
      "served, and nothing is deleted.",
      "Add space, or remove what is not holdfast's. Never delete from its data "
      "directory. It goes on by itself." },
    { "STORE-ROOM", CODE_NOTICE, "There is room again.",
      "Space was added or freed.", "Deposits and copying go on.", "Nothing." },
    { "TWINS", CODE_CRITICAL,
      "Two machines speak with one node's key: two of its ledgers go on.",
      "A copy of the machine or of its disk runs beside it, the old one was "
      "not switched off after a rescue, or somebody has stolen the key.",
      "Records of both are taken. What that node states counts as no copy "
      "until a roster gives it a new key, or one of the two is silent for a "
      "day.",
      "Phone the member that runs it. One machine goes off; if the key may be "
      "stolen, the next roster gives the node a new one." },
    { "UNPROVED", CODE_CRITICAL,
      "The owner of a ledger signed a checkpoint, and for a day nobody has "
      "shown the records under it.",
      "Its node went silent just then, or it hides a second history.",
      "The ledger is held as far as it is proved.",
      "Phone the member that runs the node. When it answers again this ends by "
      "itself, or becomes FORK." },
    { "UNPROVEN", CODE_WARNING,
      "Enough members claim to have copies, and too few of them proved it.",
      "A node was not asked often enough yet, does not answer, has not read "
      "its copies again within the rule's time, or gave wrong pieces of "
      "several items.",
      "It asks for random pieces every day.",
      "\"holdfast status\" shows whose \"re-read since\" or \"pieces\" lag "
      "behind; phone that member." },
    { "UNWITNESSED", CODE_WARNING,
      "Records are a day old, and fewer other members have cosigned them than "
      "the roster asks for.",
      "Too many members are silent, their clocks are wrong, or the ledger grew "
      "all day without a pause of two seconds.",
      "The records are kept and copied; their time is not proven yet.",
      "See in \"holdfast status\" who is silent." },
    { "UPLOAD-LIMIT", CODE_NOTICE,
      "Another limit holds for what this node sends to others.",
      "Office hours of [network] office_hours began or ended, or were set.",
      "It sends at most so much from now on, all peers together.",
      "Nothing. The times are the local time of the machine." },
    { "VIEW-OLD", CODE_WARNING,
      "The figures of a status are more than an hour old.",
      "The node is very busy, or it was asked right after a start.",
      "It counts again as soon as it can.",
      "Ask again in a minute. If it stays so, look at the node's log." },
    { "WRONG-NODE-KEY", CODE_CRITICAL,
      "What this node signs does not verify with the key that the roster "
      "names for it.",
      "The roster in force names another key: the node key was replaced, and "
      "this machine still has the old one.",
      "Nothing more is registered.",
      "Put the new node key in place and restart, or ask for a roster with "
      "this one." },
};
const size_t codes_node_count = sizeof(codes_node) / sizeof(codes_node[0]);
