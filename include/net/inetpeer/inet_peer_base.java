// SPDX-License-Identifier: GPL-2.0-only
package net.inetpeer;

import java.util.LinkedHashMap;
import java.util.Map;

/** The hosts that a namespace remembers. In C an AVL tree. */
public final class inet_peer_base {
    /** The one that was used first comes first. */
    final Map<Integer, inet_peer> peers = new LinkedHashMap<>();
}
