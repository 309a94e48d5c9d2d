// Command baregin is the least that a gin program can do with the api's
// requests: decode the JSON and answer. The api's CPU time is compared with its.
package main

import (
	"net/http"
	"os"

	"github.com/gin-gonic/gin"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.GET("/healthz", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	router.POST("/ingest", func(c *gin.Context) {
		var request struct {
			Data struct {
				Subject    string `json:"email_subject"`
				Sender     string `json:"email_sender"`
				Timestream any    `json:"email_timestream"`
				Content    string `json:"email_content"`
			} `json:"data"`
			Token string `json:"token"`
		}
		if err := c.ShouldBindJSON(&request); err != nil {
			c.JSON(http.StatusUnprocessableEntity, gin.H{"detail": err.Error()})
			return
		}
		c.JSON(http.StatusOK, gin.H{"status": "accepted", "message_id": "none", "received_at": "none"})
	})
	if err := router.Run("127.0.0.1:" + os.Getenv("PORT")); err != nil {
		panic(err)
	}
}
