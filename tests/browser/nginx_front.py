from pathlib import Path

def configuration(front: int, backend: int, help_port: int, tree: Path) -> str:
    return f"""
daemon off;
error_log stderr;
pid nginx.pid;
events {{}}
http {{
  access_log off;
  types {{ text/html html; application/json json; text/javascript js; }}
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  map $uri $infobase {{ ~^/erp-test(/|$) erp_test; default erp; }}
  map $http_sec_fetch_mode $errors {{ navigate @offline; default @plain; }}
  server {{
    listen 127.0.0.1:{front};
    root {tree};
    location /offline/ {{ add_header Service-Worker-Allowed / always; add_header Cache-Control no-cache; charset utf-8;}}
    location / {{
      proxy_pass http://127.0.0.1:{backend};
      proxy_set_header Accept-Encoding "";
      proxy_set_header Host $http_host;
      sub_filter '</head>' '<script src="/offline/$infobase/register.js" defer></script></head>';
      error_page 502 503 504 = @failed;
    }}
    location @failed {{
      if ($http_sec_fetch_mode = navigate) {{ return 519; }}
      error_page 519 =503 /offline/$infobase/index.html;
      return 502 '{{"error":"nginx"}}';
    }}
  }}
}}
"""
