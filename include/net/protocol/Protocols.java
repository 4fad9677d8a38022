// SPDX-License-Identifier: GPL-2.0-only
package net.protocol;

/** The tables of {@code include/net/protocol.h}: who handles which IP protocol. */
public final class Protocols {
    private Protocols() {}

    public static final int MAX_INET_PROTOS = 256;

    public static net_protocol[] inet_protos = new net_protocol[MAX_INET_PROTOS];
    public static net_offload[] inet_offloads = new net_offload[MAX_INET_PROTOS];

    /** Called when the machine boots. */
    public static void boot() {
        inet_protos = new net_protocol[MAX_INET_PROTOS];
        inet_offloads = new net_offload[MAX_INET_PROTOS];
    }
}
