// SPDX-License-Identifier: Apache-2.0
//
// The one mechanism that stops scripts. Each thread that runs Lua owns a POSIX timer whose signal
// is delivered to that very thread (SIGEV_THREAD_ID), once a millisecond while Lua is being called.
// The handler notes the thread's CPU time at the first tick of a call; at a later tick of the same
// call, once the budget is used up, it arms lua_sethook on the current coroutine, which the manual
// allows from a signal handler (lua.c does so for SIGINT). The hook raises at the next instruction
// and stays armed until the host is back in control, or a script that loops around pcall would
// survive. A call itself reads no clock, and nothing is paid per instruction.
//
// CPU time and not ticks: on a busy machine a thread that is descheduled twice within a call of one
// microsecond finds two ticks waiting (seen with five runnable threads on two cores). And since a
// hypervisor's stolen time and soft interrupts count as the thread's own, a late call first gets a
// grace of some thousand instructions: an innocent one ends within it, a loop does not. A script
// that is inside C, where instructions do not pass, is stopped by the next tick.

#define _GNU_SOURCE

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vm.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { TICK_NANOSECONDS = 1000000 };
// A plane thread keeps its timer for so many idle ticks, to save two system calls a batch. Control,
// which calls Lua seldom, stops it at once: a tick would interrupt it while it waits for an answer,
// and each wakes the thread that waits for signals besides.
enum { IDLE_TICKS_MAX = 16 };
// More than a policy over hundreds of servers runs in all, and a tenth of a millisecond for a loop.
enum { GRACE_INSTRUCTIONS = 5000 };

typedef struct clua_thread {
    timer_t timer;
    volatile sig_atomic_t ticking;
    volatile uint32_t idle_ticks;
    clua_vm *volatile active;
} clua_thread;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static bool available;
static _Thread_local clua_thread *this_thread;

static int tick_signal(void) { return SIGRTMIN + 7; }

static void set_timer(clua_thread *thread, long nanoseconds) {
    struct itimerspec spec = {
        .it_interval = {.tv_nsec = nanoseconds}, .it_value = {.tv_nsec = nanoseconds}};
    timer_settime(thread->timer, 0, &spec, NULL);
}

static void late_hook_raises(lua_State *L, lua_Debug *ar);

static void arm(clua_vm *vm) {
    if (vm->expired)
        lua_sethook(vm->current, late_hook_raises, LUA_MASKCOUNT | LUA_MASKLINE, 1);
    else
        lua_sethook(vm->current, late_hook_raises, LUA_MASKCOUNT, GRACE_INSTRUCTIONS);
}

static void late_hook_raises(lua_State *L, lua_Debug *ar) {
    (void)ar;
    clua_vm *vm = clua_vm_of(L);
    if (!vm->late) {
        // A coroutine that was armed, or made, while an earlier call was late.
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    vm->expired = 1;
    arm(vm);
    luaL_error(L, "the script used up its budget of %d ms", (int)vm->budget_ticks);
}

static int64_t thread_nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void judge(clua_vm *vm) {
    int64_t now = thread_nanoseconds();
    if (vm->seen_entry != vm->entry) {
        vm->seen_entry = vm->entry;
        vm->seen_nanoseconds = now;
        return;
    }
    // Half a tick of tolerance: the one that comes a little early must count.
    int64_t used = now - vm->seen_nanoseconds + TICK_NANOSECONDS / 2;
    if (used < (int64_t)vm->budget_ticks * TICK_NANOSECONDS) return;
    // It is armed for good. lua_sethook walks every frame of the coroutine: below a recursion some
    // hundred thousand deep that takes longer than a tick, and at each tick nothing else would run.
    if (vm->expired) return;
    if (vm->late) vm->expired = 1;
    vm->late = 1;
    arm(vm);
}

// Runs on the thread that runs the Lua it looks at, between two of its instructions.
static void on_tick(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    int saved_errno = errno;
    clua_thread *thread = info->si_value.sival_ptr;
    clua_vm *vm = thread->active;
    if (vm != NULL) {
        judge(vm);
    } else if (++thread->idle_ticks > IDLE_TICKS_MAX) {
        thread->ticking = 0;
        set_timer(thread, 0);
    }
    errno = saved_errno;
}

static void block_ticks(int how) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, tick_signal());
    pthread_sigmask(how, &set, NULL);
}

// A tick that is still pending dies blocked, with its thread.
static void end_thread(void *argument) {
    clua_thread *thread = argument;
    block_ticks(SIG_BLOCK);
    timer_delete(thread->timer);
    this_thread = NULL;
    free(thread);
}

static void prepare(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_tick;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigfillset(&action.sa_mask);
    available = pthread_key_create(&thread_key, end_thread) == 0
        && sigaction(tick_signal(), &action, NULL) == 0;
}

static clua_thread *own_thread(void) {
    if (this_thread != NULL) return this_thread;
    pthread_once(&once, prepare);
    if (!available) return NULL;
    clua_thread *thread = calloc(1, sizeof *thread);
    if (thread == NULL) return NULL;
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = tick_signal();
    event.sigev_value.sival_ptr = thread;
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    // The monotonic clock: the thread's CPU clock has the kernel's tick, 4 ms on Debian.
    if (timer_create(CLOCK_MONOTONIC, &event, &thread->timer) != 0) {
        free(thread);
        return NULL;
    }
    pthread_setspecific(thread_key, thread);
    block_ticks(SIG_UNBLOCK);
    this_thread = thread;
    return thread;
}

// Begins a budget of `ticks` milliseconds, or joins the one of an outer entry of the same VM.
bool clua_enter(clua_vm *vm, int32_t ticks) {
    if (vm->depth > 0) {
        vm->depth += 1;
        return true;
    }
    clua_thread *thread = own_thread();
    if (thread == NULL) return false;
    vm->depth = 1;
    vm->thread = thread;
    vm->budget_ticks = ticks;
    vm->outer = thread->active;
    vm->entry += 1;
    atomic_signal_fence(memory_order_seq_cst);
    thread->active = vm;
    atomic_signal_fence(memory_order_seq_cst);
    if (!thread->ticking) {
        thread->ticking = 1;
        set_timer(thread, TICK_NANOSECONDS);
    }
    return true;
}

void clua_leave(clua_vm *vm) {
    vm->depth -= 1;
    if (vm->depth > 0) return;
    clua_thread *thread = vm->thread;
    thread->idle_ticks = 0;
    atomic_signal_fence(memory_order_seq_cst);
    thread->active = vm->outer;
    atomic_signal_fence(memory_order_seq_cst);
    if (vm->plane == NULL && vm->outer == NULL) {
        thread->ticking = 0;
        set_timer(thread, 0);
    }
    if (vm->late) {
        vm->late = vm->expired = 0;
        lua_sethook(vm->main, NULL, 0, 0);
    }
}

void clua_set_budget(clua_vm *vm, int32_t ticks) { vm->budget_ticks = ticks; }

// After a change of coroutine: a budget that is used up holds for the new one as well.
void clua_rearm(clua_vm *vm) {
    if (vm->late) arm(vm);
}

// For loops in C that run long: the hook cannot reach them.
void clua_check_expired_raises(lua_State *L) {
    clua_vm *vm = clua_vm_of(L);
    if (vm->expired)
        luaL_error(L, "the script used up its budget of %d ms", (int)vm->budget_ticks);
}
