# nginx перед публикациями 1С и errorhelp; файл кладут в /etc/nginx/conf.d/errorhelp.conf.
#
# Этот файл пишет `errorhelp web-server nginx` по errorhelp.yaml: меняйте настройки там и запишите файл заново. Своё
# добавляйте в /etc/nginx/errorhelp.d/. Подробнее: docs/ru/publishing.md, по шагам: docs/ru/nginx.md. Нужен nginx 1.18
# или новее, собранный как в Debian, Ubuntu или на nginx.org.
#
# Если клиентов тысячи, задайте ещё в /etc/nginx/nginx.conf:
#     worker_rlimit_nofile 40000;
#     events { worker_connections 20000; }

# Публичный адрес errorhelp. На административный отсюда ничего не ведёт и вести не должно.
upstream errorhelp {
    server 127.0.0.1:8080;
    keepalive 32;
}

# Веб-серверы 1С. Без keepalive: вход через Windows (NTLM) относится к соединению, а не к отдельному запросу.
upstream publication_1c_example_com {
    server 192.0.2.10:80;
}

# Загрузка страницы человеком — не скрипт, не картинка и не вызов клиента 1С. Браузеры сообщают об этом в
# Sec-Fetch-Mode; service worker, который запрашивает страницу за человека, в Firefox пишет там "same-origin".
# Браузеры, вышедшие до 2023 года, не сообщают ничего. HTML первым в Accept все ставят только для страниц.
map "$request_method $http_sec_fetch_mode $http_sec_fetch_dest $http_accept" $errorhelp_page_load {
    default                                         "";
    "~^GET navigate document "                      1;
    "~^GET (navigate|same-origin) empty text/html"  1;
    "~^GET   text/html"                             1;
}

# Тег, перед которым вставляется скрипт регистрации, — только на стартовой странице публикации с worker: /erp/ и
# /erp/ru_RU/.
map $errorhelp_page_load$errorhelp_worker$uri $errorhelp_start_page {
    default "";
    "~^11/[^/]+/(?:[a-z][a-z](?:_[A-Z][A-Z])?/?)?$" "</head>";
}

# Вставить скрипт можно только в несжатый ответ.
map $errorhelp_start_page $errorhelp_accept_encoding {
    default "";
    ""      $http_accept_encoding;
}

# Язык и вид адреса помощи: нужны для ответа о неизвестной базе.
map $request_uri $errorhelp_language {
    default                                         "";
    "~^/help/(?<errorhelp_wanted>[a-z][a-z0-9-]*/)" $errorhelp_wanted;
}
map $request_uri $errorhelp_kind {
    default                  json;
    "~^[^?]+\.html(?:\?|$)"  html;
}

server {
    listen 80;
    listen [::]:80;
    server_name 1c.example.com help.example.com;
    return 301 https://$host$request_uri;
}

server {
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    server_name 1c.example.com help.example.com;

    ssl_certificate     /etc/ssl/certs/1c.example.com.pem;
    ssl_certificate_key /etc/ssl/private/1c.example.com.key;
    ssl_protocols       TLSv1.2 TLSv1.3;
    ssl_session_cache   shared:errorhelp:10m;

    # Свои директивы для этого сервера, например вход для публикаций, кладите туда файлами: location самого errorhelp
    # остаются открытыми.
    include errorhelp.d/*.conf;

    # Дерево публикации (publish: КАТАЛОГ в errorhelp.yaml).
    root /srv/errorhelp;
    gzip_static on;
    gzip_vary on;
    types {
        "application/atom+xml; charset=utf-8" atom;
        "application/json; charset=utf-8"     json;
        "text/calendar; charset=utf-8"        ics;
        "text/css; charset=utf-8"             css;
        "text/html; charset=utf-8"            html;
        "text/javascript; charset=utf-8"      js;
        "text/plain; charset=utf-8"           v8i txt;
        image/svg+xml                         svg;
        image/x-icon                          ico;
    }

    # Ниже один error_page ведёт к другому.
    recursive_error_pages on;
    absolute_redirect off;
    log_not_found off;

    proxy_http_version 1.1;
    proxy_set_header Connection        "";
    proxy_set_header Host              $http_host;
    proxy_set_header X-Forwarded-For   $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Accept-Encoding   $errorhelp_accept_encoding;
    # Для списков с `access: proxy` впишите сюда пользователя, которого проверил сам nginx ($remote_user), и ни в коем
    # случае не то, что прислал клиент.
    proxy_set_header Remote-User       "";

    # ---- errorhelp ----

    # Публичные ответы лежат в дереве; чего там нет, то отдаёт сервис, и POST тоже уходит ему. Браузеры каждый раз
    # переспрашивают (no-cache): у переписанного файла время всегда новее, а с ним меняется и ETag.
    location / {
        auth_basic off;
        auth_request off;
        error_page 403 404 405 = @errorhelp;
        client_max_body_size 1m;
        add_header Access-Control-Allow-Origin * always;
        add_header Access-Control-Expose-Headers "Date, ETag" always;
        add_header Cache-Control no-cache always;
        add_header Content-Security-Policy "frame-ancestors 'none'" always;
        add_header X-Content-Type-Options nosniff always;

        location ^~ /help/ {
            error_page 403 404 405 = @errorhelp_help;
            # Спрашивают это чаще всего, а ответы короткие: читаем и отдаём целиком, сжатый файл не ищем.
            gzip_static off;
            sendfile off;

            location ~ \.html$ {
                gzip_static on;
                sendfile on;
            }
        }

        location ^~ /lists/ {
            add_header Access-Control-Allow-Origin * always;
            add_header Access-Control-Expose-Headers "Date, ETag" always;
            add_header Cache-Control no-cache always;
            add_header Content-Disposition attachment always;
            add_header Content-Security-Policy "frame-ancestors 'none'" always;
            add_header X-Content-Type-Options nosniff always;
        }

        # Это должно быть на том же узле, что и публикация.
        location ^~ /offline/ {
            add_header Access-Control-Allow-Origin * always;
            add_header Access-Control-Expose-Headers "Date, ETag" always;
            add_header Cache-Control no-cache always;
            add_header Service-Worker-Allowed / always;
            add_header Content-Security-Policy "frame-ancestors 'none'" always;
            add_header X-Content-Type-Options nosniff always;
        }

        # Служебные файлы errorhelp и других программ.
        location ~ /\. {
            return 404;
        }
    }

    location @errorhelp {
        auth_basic off;
        auth_request off;
        proxy_pass http://errorhelp;
        client_max_body_size 1m;
        proxy_connect_timeout 1s;
        proxy_read_timeout 30s;
        # Собственные ошибки nginx означают, что сервис не работает: люди узнают, кому звонить.
        error_page 502 504 /errorhelp-error;
    }

    location = /errorhelp-error {
        internal;
        auth_basic off;
        auth_request off;
        try_files /help/_error.html =502;
        add_header Access-Control-Allow-Origin * always;
        add_header Cache-Control no-store always;
        add_header Content-Security-Policy "frame-ancestors 'none'" always;
        add_header X-Content-Type-Options nosniff always;
    }

    # По адресу сервиса помощь приходит всегда. Эти две ошибки выдаёт сам nginx, когда сервис не работает: тогда файл
    # получает и POST.
    location @errorhelp_help {
        auth_basic off;
        auth_request off;
        proxy_pass http://errorhelp;
        client_max_body_size 1m;
        proxy_connect_timeout 1s;
        proxy_read_timeout 5s;
        error_page 502 504 = /errorhelp-file$uri;
    }

    location ^~ /errorhelp-file/ {
        internal;
        auth_basic off;
        auth_request off;
        alias /srv/errorhelp/;
        error_page 403 404 =404 /errorhelp-unknown;
        add_header Access-Control-Allow-Origin * always;
        add_header Access-Control-Allow-Methods "GET, HEAD, POST" always;
        add_header Access-Control-Allow-Headers "Content-Type, If-None-Match" always;
        add_header Access-Control-Expose-Headers "Date, ETag" always;
        add_header Cache-Control no-cache always;
        add_header Content-Security-Policy "frame-ancestors 'none'" always;
        add_header X-Content-Type-Options nosniff always;
    }

    # Неизвестная база: 404, но с общим для всех текстом помощи.
    location = /errorhelp-unknown {
        internal;
        auth_basic off;
        auth_request off;
        types {
            "application/problem+json; charset=utf-8" json;
            "text/html; charset=utf-8"                html;
        }
        try_files /help/${errorhelp_language}_unknown.$errorhelp_kind /help/_unknown.$errorhelp_kind =404;
        add_header Access-Control-Allow-Origin * always;
        add_header Access-Control-Expose-Headers "Date, ETag" always;
        add_header Cache-Control no-cache always;
        add_header Content-Security-Policy "frame-ancestors 'none'" always;
        add_header X-Content-Type-Options nosniff always;
    }

    # Отчёты об ошибках, которые присылает платформа.
    location ^~ /reports/ {
        auth_basic off;
        auth_request off;
        client_max_body_size 100m;
        proxy_request_buffering off;
        proxy_read_timeout 60s;
        proxy_pass http://errorhelp;
    }

    # ---- Публикации ----

    # У каждой — база, которую она открывает, и число частей пути, если за публикацией присматривает worker. Сами эти
    # location — для вызовов клиента 1С: ошибки приходят к нему без подмены. Загрузка страниц уходит в
    # @errorhelp_page; самого кода 418 никто не увидит.
    set $errorhelp_worker 0;
    error_page 418 = @errorhelp_page;
    client_max_body_size 0;
    proxy_read_timeout 10m;
    proxy_redirect http://$http_host/ $scheme://$http_host/;
    location ^~ /erp/ {
        set $errorhelp_infobase erp;
        set $errorhelp_worker 1;
        if ($errorhelp_page_load) { return 418; }
        proxy_pass http://publication_1c_example_com;
    }

    # Страницы публикаций. Если веб-сервер 1С отвечает ошибкой или не отвечает вовсе, люди увидят страницу на случай
    # недоступности.
    location @errorhelp_page {
        proxy_pass http://publication_1c_example_com;
        proxy_connect_timeout 5s;
        proxy_read_timeout 60s;
        sub_filter $errorhelp_start_page '<script src="/offline/$errorhelp_infobase/register.js" defer></script></head>';
        proxy_intercept_errors on;
        error_page 502 503 504 =503 /errorhelp-offline/$errorhelp_infobase/index.html;
    }

    location ^~ /errorhelp-offline/ {
        internal;
        auth_basic off;
        auth_request off;
        alias /srv/errorhelp/offline/;
        add_header Retry-After 30 always;
        add_header Cache-Control no-store always;
        add_header Content-Security-Policy "frame-ancestors 'none'" always;
        add_header X-Content-Type-Options nosniff always;
    }
}
