// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import static linux.fs.Files.currentFiles;
import static linux.fs.Files.get_files_struct;
import static linux.sched.Sched.current;
import static linux.sched.Sched.kthread_create;
import static linux.sched.Sched.nanosleep;
import static linux.sched.Sched.wake_up_process;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.FileCalls.sys_pipe;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import linux.hrtimer.Clock;
import linux.init.Machine;
import linux.netem.NetemSettings;
import linux.sched.task_struct;
import net.net_namespace.net;

/**
 * Plays a scenario: boots a machine, builds the network, lets the two tasks go, and collects what came of it.
 *
 * <pre>{@code
 *   Play play = new Play(scenario, "echo.scn");
 *   play.prepare();
 *   play.run();
 *   System.out.print(play.calls().text());
 * }</pre>
 */
public final class Play {
    /** Learning from one connection for the next would make a run depend on the runs before it. */
    private static final String[] QUIET = {"net.ipv4.tcp_no_metrics_save", "1"};

    /** A machine that has booted and has its network is left alone for so long, as the recorded one was. */
    private static final long IDLE = 2 * Clock.NSEC_PER_SEC;

    /** The tasks are let go at a tick, before its interrupt has counted it: so long passes until jiffies move on. */
    private static final long BEFORE_TICK = 2_520;

    private final Scenario scenario;
    private final String file;
    private final CallLog log = new CallLog();
    private final Map<String, Counters> before = new LinkedHashMap<>();
    private final Map<String, Counters> after = new LinkedHashMap<>();
    private final Map<String, Program> programs = new LinkedHashMap<>();
    private World world;

    /** @param file the name of the scenario's file, for messages */
    public Play(Scenario scenario, String file) {
        this.scenario = scenario;
        this.file = file;
    }

    /**
     * Boots the machine and builds the network. What is to be watched can be hooked in now.
     *
     * @param seed of everything random
     * @param netem in the way of all packets, or null
     * @param sysctls written last: they overrule the scenario's
     */
    public World prepare(long seed, NetemSettings netem, Map<String, String> sysctls) throws ScenarioException {
        Machine.boot(seed);
        world = new World(scenario, file);
        world.sysctl(0, QUIET[0], QUIET[1]);
        world.configure();
        for (Map.Entry<String, String> s : sysctls.entrySet()) {
            world.sysctl(0, s.getKey(), s.getValue());
        }
        if (netem != null) {
            world.netem(netem);
        }
        nanosleep(CpuTime.boot(scenario) + IDLE - BEFORE_TICK - Clock.now());
        CpuTime.prepare(world);
        return world;
    }

    /** With the scenario's seed, without anything in addition. */
    public World prepare() throws ScenarioException {
        return prepare(scenario.seed, null, Map.of());
    }

    /** Plays it to the end, and {@code settle} longer. */
    public void run() {
        Map<String, int[]> marks = makeMarks();
        List<task_struct> tasks = new ArrayList<>();

        CpuTime.charge(world);
        count(before);
        log.start();
        if (world.relay != null) {
            world.relay.start();
        }
        scenario.tasks.forEach((who, instructions) -> {
            if (instructions.isEmpty()) {
                return;
            }
            Program program = new Program(who, instructions, log, marks);
            programs.put(who, program);
            task_struct t = kthread_create(who, program);
            t.net_ns = who.equals("C") ? world.client : world.server;
            t.files = get_files_struct(current);
            tasks.add(t);
        });
        for (task_struct t : tasks) {
            wake_up_process(t);
        }
        for (task_struct t : tasks) {
            t.exited.wait_for_completion();
        }

        nanosleep(scenario.settle * Clock.NSEC_PER_MSEC);
        count(after);
        if (world.relay != null) {
            log.merge(world.relay.log().stream().map(l -> new CallLog.Line(l.ns(), "relay", l.text())).toList());
        }
    }

    /** Closes what the tasks left open, and takes the relay away. Packets that this sends belong to no recording. */
    public void close() {
        for (int fd = 0; fd < currentFiles().rlimit && !currentFiles().isEmpty(); fd++) {
            sys_close(fd);
        }
        if (world.relay != null) {
            world.relay.close();
        }
    }

    /** A pipe for each mark: both tasks know its ends. */
    private Map<String, int[]> makeMarks() {
        Map<String, int[]> marks = new HashMap<>();
        for (List<Instruction> task : scenario.tasks.values()) {
            for (Instruction i : task) {
                if (i.word().equals("mark") || i.word().equals("wait")) {
                    marks.computeIfAbsent(i.arg(0), name -> {
                        int[] ends = new int[2];
                        sys_pipe(ends);
                        return ends;
                    });
                }
            }
        }
        currentFiles();
        return marks;
    }

    private void count(Map<String, Counters> into) {
        into.put("client", Counters.of(world.client));
        into.put("server", Counters.of(world.server));
    }

    /** The system calls and their results, and what the relay did. */
    public CallLog calls() {
        return log;
    }

    /** The counters that changed, a line each: {@code Tcp.OutSegs 10}; with two namespaces {@code client Tcp.OutSegs 10}. */
    public String netstat() {
        StringBuilder b = new StringBuilder();
        boolean two = world.client != world.server;
        for (String who : two ? List.of("client", "server") : List.of("client")) {
            after.get(who).since(before.get(who)).forEach((name, n) ->
                    b.append(two ? who + " " : "").append(name).append(' ').append(n).append('\n'));
        }
        return b.toString();
    }

    /** A counter's increase in the namespace of {@code who}: client or server. */
    public long counted(String who, String name) {
        return after.get(who).get(name) - before.get(who).get(name);
    }

    /** What the task sent, S or C. */
    public long bytesSent(String task) {
        return programs.containsKey(task) ? programs.get(task).bytesSent : 0;
    }

    public long bytesReceived(String task) {
        return programs.containsKey(task) ? programs.get(task).bytesReceived : 0;
    }

    /** Calls after which the data was not what the other side had sent. */
    public int mismatches() {
        return programs.values().stream().mapToInt(p -> p.mismatches).sum();
    }

    public net client() {
        return world.client;
    }

    public net server() {
        return world.server;
    }
}
