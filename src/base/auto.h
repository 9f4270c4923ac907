/*
 * The one ownership idiom.
 *
 *   AUTO(x509) cert = NULL;          a pointer that is freed when it leaves its scope
 *   AUTO_VALUE(buf) text = BUF(n);   a value that is finished in place when it leaves its scope
 *   *ret = TAKE(cert);               hand the pointer to the caller
 *
 * A type joins with one line in its header: AUTO_FREE(x509) needs `void x509_free(struct x509 *)`,
 * AUTO_DONE(buf) needs `void buf_done(struct buf *)`. Both take NULL and half-built things.
 */
#ifndef SEALWARD_BASE_AUTO_H
#define SEALWARD_BASE_AUTO_H

#define CHECKED __attribute__((warn_unused_result))

#define AUTO_FREE(name)                                                                            \
    static inline void name##_auto_free(struct name **p)                                           \
    {                                                                                              \
        name##_free(*p);                                                                           \
    }
#define AUTO_DONE(name)                                                                            \
    static inline void name##_auto_done(struct name *p)                                            \
    {                                                                                              \
        name##_done(p);                                                                            \
    }

#define AUTO(name) __attribute__((cleanup(name##_auto_free))) struct name *
#define AUTO_VALUE(name) __attribute__((cleanup(name##_auto_done))) struct name

#define TAKE(p)                                                                                    \
    __extension__({                                                                                \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = 0;                                                                                   \
        taken_;                                                                                    \
    })

#endif
