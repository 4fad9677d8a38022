// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import linux.init.Machine;
import linux.relay.RelayRule;

/** A scenario file as {@link ScenarioParser} has read it: a network, its settings and faults, and what two tasks do. */
public final class Scenario {
    /** What lies between the tasks. */
    public enum Topology {
        /** Nothing: one namespace, the loopback NIC. */
        LO,
        /** A relay with one path between two namespaces. */
        PAIR,
        /** A relay with two paths. */
        TWO;

        public int paths() {
            return ordinal();
        }
    }

    /** A sysctl and its value. */
    public record Setting(int line, String name, String value) {}

    /** A command of iproute2 or the like. {@code where}: R the machine, C or S the namespace of a task. */
    public record Setup(int line, char where, List<String> command) {}

    /** For people and messages: the file's name without its ending. */
    public final String name;

    public String title = "";
    public String group = "";
    public Topology topology = Topology.LO;

    /** Bytes; 0: as the devices come (lo 65536, veth 1500). */
    public int mtu;

    /** Do devices take segments larger than their MTU (TSO, GSO) and merge what they receive (GRO)? */
    public boolean gso = true;

    /** One-way delays of the paths, milliseconds. */
    public final int[] delay = {10, 10};

    public final List<Setting> sysctls = new ArrayList<>();
    public final List<Setup> setups = new ArrayList<>();

    /** Texts, not rules: a rule counts its hits, so every run needs its own. See {@link RelayRule#parse}. */
    public final List<String> relayRules = new ArrayList<>();

    /** How long the network is watched after the last task is through, milliseconds. */
    public int settle = 300;

    /** Of everything random, unless somebody asks for another one: where a recorded kernel's draw decides. */
    public long seed = Machine.DEFAULT_SEED;

    /** Bytes of a packet that a capture keeps. */
    public int snap = 1700;

    /** What the tasks do: {@code S} and {@code C}, in the order in which they start. */
    public final Map<String, List<Instruction>> tasks = new LinkedHashMap<>();

    Scenario(String name) {
        this.name = name;
        tasks.put("S", new ArrayList<>());
        tasks.put("C", new ArrayList<>());
    }
}
