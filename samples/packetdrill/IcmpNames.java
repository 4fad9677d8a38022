// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What scripts call the types and codes of ICMP. */
final class IcmpNames {
    private IcmpNames() {}

    private static final int UNREACHABLE = 3;

    private static final Map<String, Integer> TYPES = new HashMap<>();

    private static final List<String> UNREACHABLE_CODES = List.of("net_unreachable", "host_unreachable", "protocol_unreachable",
            "port_unreachable", "frag_needed", "source_route_failed", "net_unknown", "host_unknown", "source_host_isolated",
            "net_prohibited", "host_prohibited", "net_unreachable_for_tos", "host_unreachable_for_tos", "packet_filtered",
            "precedence_violation", "precedence_cutoff");

    static {
        TYPES.put("echo_reply", 0);
        TYPES.put("unreachable", UNREACHABLE);
        TYPES.put("source_quench", 4);
        TYPES.put("redirect", 5);
        TYPES.put("echo_request", 8);
        TYPES.put("time_exceeded", 11);
        TYPES.put("parameter_problem", 12);
        TYPES.put("timestamp_request", 13);
        TYPES.put("timestamp_reply", 14);
        TYPES.put("information_request", 15);
        TYPES.put("information_reply", 16);
        TYPES.put("address_mask_request", 17);
        TYPES.put("address_mask_reply", 18);
    }

    /** {@code unreachable}, {@code type_3}; null: there is none of that name. */
    static Integer type(String name) {
        return name.matches("type_\\d{1,3}") ? Integer.valueOf(name.substring(5)) : TYPES.get(name);
    }

    /** {@code port_unreachable}, {@code code_3}. */
    static Integer code(int type, String name) {
        if (name.matches("code_\\d{1,3}")) {
            return Integer.valueOf(name.substring(5));
        }
        int code = type == UNREACHABLE ? UNREACHABLE_CODES.indexOf(name) : -1;
        return code < 0 ? null : code;
    }
}
