// SPDX-License-Identifier: GPL-2.0-only
package net.snmp;

/**
 * How a counter is printed.
 *
 * @param name in the heading
 * @param entry its index in the array of counters
 */
public record snmp_mib(String name, int entry) {
    public static snmp_mib SNMP_MIB_ITEM(String _name, int _entry) {
        return new snmp_mib(_name, _entry);
    }
}
