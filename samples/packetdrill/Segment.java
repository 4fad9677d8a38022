// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;


/**
 * A segment as its options see it.
 *
 * @param inbound to the host
 * @param tcp what the script says
 * @param payload the data
 */
record Segment(Flow flow, Keys keys, boolean inbound, Script.Tcp tcp, byte[] payload) {
    boolean syn() {
        return tcp.has(Script.Tcp.SYN);
    }
}
