/* The blank-padded texts of PKCS#11: no NUL at their end. */
#ifndef SEALWARD_PKCS11_TEXT_H
#define SEALWARD_PKCS11_TEXT_H

#include <string.h>

#define TEXT_MANUFACTURER "Sealward"

static inline void text_pad(unsigned char *ret, size_t size, const char *text)
{
    size_t n = strlen(text);
    memset(ret, ' ', size);
    memcpy(ret, text, n < size ? n : size);
}

#endif
