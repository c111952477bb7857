/*
 * Raw system calls for x86-64 and arm64: no libc, no errno, no thread-local storage.
 * The same code runs in the static launcher and in a child that shares Node's memory,
 * where libc's own wrappers would write to the parent's errno.
 */
#ifndef NSKIT_SYS_H
#define NSKIT_SYS_H

#include <stdint.h>
#include <asm/unistd.h>

#if defined(__x86_64__)
static inline int64_t sys6(int64_t nr, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e,
                           int64_t f)
{
	register int64_t r10 __asm__("r10") = d;
	register int64_t r8 __asm__("r8") = e;
	register int64_t r9 __asm__("r9") = f;
	int64_t result;
	__asm__ volatile("syscall"
	                 : "=a"(result)
	                 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	                 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
static inline int64_t sys6(int64_t nr, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e,
                           int64_t f)
{
	register int64_t x8 __asm__("x8") = nr;
	register int64_t x0 __asm__("x0") = a;
	register int64_t x1 __asm__("x1") = b;
	register int64_t x2 __asm__("x2") = c;
	register int64_t x3 __asm__("x3") = d;
	register int64_t x4 __asm__("x4") = e;
	register int64_t x5 __asm__("x5") = f;
	__asm__ volatile("svc 0"
	                 : "+r"(x0)
	                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
	                 : "memory");
	return x0;
}
#else
#error "nskit runs on x86-64 and arm64"
#endif

#define PTR(p) ((int64_t)(intptr_t)(p))
#define sys0(nr) sys6(nr, 0, 0, 0, 0, 0, 0)
#define sys1(nr, a) sys6(nr, a, 0, 0, 0, 0, 0)
#define sys2(nr, a, b) sys6(nr, a, b, 0, 0, 0, 0)
#define sys3(nr, a, b, c) sys6(nr, a, b, c, 0, 0, 0)
#define sys4(nr, a, b, c, d) sys6(nr, a, b, c, d, 0, 0)

#endif
