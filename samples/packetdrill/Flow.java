// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import java.util.HashMap;
import java.util.Map;

/**
 * A TCP connection of the script and the one on the machine that goes with it: how sequence numbers, time stamps and ports of the one
 * become those of the other. In a script the numbers of SYNs are what they are, and all others count from the initial number.
 */
final class Flow {
    /** How far the handshake has come. */
    enum State { LISTENING, CONNECTING, SYN_SEEN, SYNACK_SEEN, OPEN, RESET }

    /** 0: not known before the host's first packet. */
    int localPort;

    final int remotePort;
    State state;

    /** The descriptor of the script, or null: accept has not given it one. */
    Integer fd;

    /** The descriptor of the listener that it came from; -1: the host has connected. */
    final int listener;

    /** Did it begin with MP_JOIN? */
    boolean join;

    /** Initial sequence numbers of the host and of the peer, on the machine and in the script. */
    private int localIsn;

    private int scriptLocalIsn;
    private int remoteIsn;

    private boolean localKnown;
    private boolean remoteKnown;

    /** A SYN came for a connection that was open: what follows may have new numbers. */
    private boolean reopening;

    private int nextRemoteIsn;

    /** Time stamps of the host: what the script calls them, and what they are. */
    private final Map<Integer, Integer> stamps = new HashMap<>();

    private boolean stamped;
    private int firstScriptStamp;
    private int firstStamp;

    /** Of a join: the nonces of peer and host. */
    int peerNonce;

    int hostNonce;

    Connection connection = new Connection();

    Flow(State state, int listener, int localPort, int remotePort) {
        this.state = state;
        this.listener = listener;
        this.localPort = localPort;
        this.remotePort = remotePort;
    }

    /** A SYN of the peer goes out, with this number of the script, which is that of the machine too. */
    void peerSyn(int seq) {
        if (!remoteKnown || state == State.SYN_SEEN) {
            remoteIsn = seq;
            remoteKnown = true;
        } else if (state != State.SYNACK_SEEN) {
            reopening = true;
            nextRemoteIsn = seq;
        }
    }

    /** A SYN of the host has come, which the script expected with the number {@code script}. */
    void hostSyn(int script, int live) {
        if (!localKnown || reopening) {
            localIsn = live;
            scriptLocalIsn = script;
            localKnown = true;
        }
    }

    /** The answer to a SYN on an open connection has come: with a SYN it begins anew, otherwise all stays as it was. */
    void settle(boolean syn) {
        if (reopening && syn) {
            remoteIsn = nextRemoteIsn;
            state = State.SYNACK_SEEN;
        }
        reopening = false;
    }

    /** What has to be added to the script's sequence number of the host; of a SYN or of another segment. */
    int localOffset(boolean syn) {
        return syn ? localIsn - scriptLocalIsn : localIsn;
    }

    /** The same for the peer. */
    int remoteOffset(boolean syn) {
        return syn ? 0 : remoteIsn;
    }

    /** The host has sent a time stamp that the script calls so. */
    void learnStamp(int script, int live) {
        stamps.put(script, live);
        if (!stamped) {
            stamped = true;
            firstScriptStamp = script;
            firstStamp = live;
        }
    }

    /** The host's time stamp that the script calls so. */
    int stamp(int script) {
        Integer live = stamps.get(script);
        return live != null ? live : stamped && script != 0 ? script - firstScriptStamp + firstStamp : script;
    }

    /** What the script would call a time stamp of the host. */
    int scriptStamp(int live) {
        return stamped ? live - firstStamp + firstScriptStamp : live;
    }
}
